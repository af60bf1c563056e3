package dev.restante.storage.migration;

import dev.restante.storage.DedupKey;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.WalkPage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** All that a store holds, as text, so that two can be compared. */
final class Holdings {
  private Holdings() {}

  /** Without what has expired, and without the papers of moves. */
  static Map<String, String> of(Store store, long nowMillis) {
    return of(store, nowMillis, key -> store.heads(List.of(key)).get(0).floor());
  }

  /** As if every stream was trimmed up to a floor. */
  static Map<String, String> of(Store store, long nowMillis, ToLongFunction<StreamKey> floors) {
    Map<String, String> found = new TreeMap<>();
    String place = "";
    do {
      WalkPage page = store.walk(place, 1_000);
      page.streams().forEach(key -> stream(store, key, floors.applyAsLong(key), found));
      store
          .dedups(page.dedups())
          .forEach(
              (key, row) -> {
                if (row.expiresAtMillis() > nowMillis) {
                  found.put(name(key), row.toString());
                }
              });
      store.records(page.records()).forEach((key, record) -> record(key, record, found));
      place = page.next();
    } while (!place.isEmpty());
    return found;
  }

  private static String name(DedupKey key) {
    return "submit " + key;
  }

  private static void record(RecordKey key, StoredRecord record, Map<String, String> found) {
    if (!Papers.isPaper(key)) {
      found.put("record " + key, record.version() + " " + Arrays.toString(record.payload()));
    }
  }

  private static void stream(Store store, StreamKey key, long floor, Map<String, String> found) {
    StreamHead head = store.heads(List.of(key)).get(0);
    if (head.head() == 0) {
      return;
    }
    StringBuilder text = new StringBuilder();
    text.append(new StreamHead(head.head(), head.ordinal(), head.timeMillis(), floor));
    if (key.kind() == Kind.LOG) {
      LogRange all = new LogRange(key, floor + 1, Long.MAX_VALUE, false, 100_000, Long.MAX_VALUE);
      for (LogRow row : store.readLog(all).rows()) {
        text.append(
            "\n#%d %d %d %d %s"
                .formatted(
                    row.seq(),
                    row.ordinal(),
                    row.timeMillis(),
                    row.format(),
                    Arrays.toString(row.payload())));
      }
    } else {
      for (InboxItem item : store.readInbox(key, floor, 100_000, Long.MAX_VALUE).items()) {
        InboxRow row = item.row();
        text.append(
            "\n@%d %d %d %s %d %s %s"
                .formatted(
                    row.position(),
                    row.type(),
                    row.format(),
                    row.log(),
                    row.seq(),
                    row.key(),
                    Arrays.toString(row.payload())));
      }
    }
    found.put("stream " + key, text.toString());
  }
}
