package dev.restante.storage.memory;

import dev.restante.storage.Guard;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.RecordWrite.Condition;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The records, with the ids of each partition and space in order beside them. The order is touched
 * only when a record comes or goes, not when it changes. Guarded by the area's lock.
 */
final class Records {
  private record Space(StreamKey partition, String name) {}

  private final Map<RecordKey, StoredRecord> byKey = new HashMap<>();
  private final Map<Space, NavigableSet<String>> ids = new HashMap<>();

  @Nullable StoredRecord find(RecordKey key) {
    return byKey.get(key);
  }

  Set<RecordKey> keys() {
    return byKey.keySet();
  }

  boolean holds(Guard guard) {
    return version(guard.key()) == guard.version();
  }

  boolean accepts(RecordWrite write) {
    return write.condition() != Condition.IF_VERSION
        || version(write.key()) == write.expectedVersion();
  }

  void apply(RecordWrite write) {
    if (write.condition() == Condition.IF_GREATER && write.version() <= version(write.key())) {
      return;
    }
    if (write.version() == 0) {
      remove(write.key());
    } else {
      put(new StoredRecord(write.key(), write.version(), write.payload()));
    }
  }

  List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    NavigableSet<String> ordered = ids.get(new Space(partition, space));
    List<StoredRecord> found = new ArrayList<>();
    if (ordered == null) {
      return found;
    }
    for (String id : ordered.tailSet(afterId, false)) {
      if (found.size() == limit) {
        break;
      }
      StoredRecord stored = byKey.get(new RecordKey(partition, space, id));
      if (stored != null) {
        found.add(stored);
      }
    }
    return found;
  }

  private long version(RecordKey key) {
    StoredRecord stored = byKey.get(key);
    return stored == null ? 0 : stored.version();
  }

  private void put(StoredRecord added) {
    RecordKey key = added.key();
    if (byKey.put(key, added) == null) {
      ids.computeIfAbsent(space(key), any -> new TreeSet<>(Utf8Order.INSTANCE)).add(key.id());
    }
  }

  private void remove(RecordKey key) {
    if (byKey.remove(key) == null) {
      return;
    }
    NavigableSet<String> ordered = ids.get(space(key));
    if (ordered != null && ordered.remove(key.id()) && ordered.isEmpty()) {
      ids.remove(space(key));
    }
  }

  private static Space space(RecordKey key) {
    return new Space(key.partition(), key.space());
  }
}
