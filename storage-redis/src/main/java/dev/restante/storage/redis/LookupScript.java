package dev.restante.storage.redis;

import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoredRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** {@code submits.lua} and {@code lookup.lua}: dedup rows and records by their keys. */
final class LookupScript {
  /** So many at once; more of them are asked for by turns. */
  private static final int LOT = 1000;

  private final Calls server;
  private final Keys keys;

  LookupScript(Calls server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  /**
   * A submit that is found will be answered as accepted. So where commits wait for replicas, this
   * does too: the commit that wrote the row may be one that did not get so far.
   */
  Map<DedupKey, DedupRow> dedups(Collection<DedupKey> asked) {
    Map<DedupKey, DedupRow> found = new HashMap<>();
    for (List<DedupKey> lot : lots(asked)) {
      Call call = new Call(Script.SUBMITS).key(keys.submits());
      lot.forEach(key -> call.argument(Rows.field(key)));
      Object values = server.callDurably(call, LookupScript::found);
      take(lot, values, (key, value) -> found.put(key, Rows.dedupRow(key, value)));
    }
    return found;
  }

  Map<RecordKey, StoredRecord> records(Collection<RecordKey> asked) {
    Map<RecordKey, StoredRecord> found = new HashMap<>();
    for (List<RecordKey> lot : lots(asked)) {
      Call call = new Call(Script.LOOKUP);
      for (RecordKey key : lot) {
        call.key(keys.records(key.partition())).argument(Rows.field(key.space(), key.id()));
      }
      take(lot, server.call(call), (key, value) -> found.put(key, Rows.storedRecord(key, value)));
    }
    return found;
  }

  static <K> List<List<K>> lots(Collection<K> asked) {
    List<K> distinct = List.copyOf(new LinkedHashSet<>(asked));
    List<List<K>> lots = new ArrayList<>();
    for (int from = 0; from < distinct.size(); from += LOT) {
      lots.add(distinct.subList(from, Math.min(distinct.size(), from + LOT)));
    }
    return lots;
  }

  static <K> void take(List<K> lot, Object values, BiConsumer<K, byte[]> take) {
    Answer answer = new Answer(values);
    for (K key : lot) {
      byte[] value = answer.bytesIfAny();
      if (value != null) {
        take.accept(key, value);
      }
    }
  }

  static Calls.Durable found(Object values) {
    Answer answer = new Answer(values);
    while (answer.hasNext()) {
      if (answer.bytesIfAny() != null) {
        return Calls.Durable.SEEN;
      }
    }
    return Calls.Durable.NOTHING;
  }
}
