package dev.restante.storage.memory;

import dev.restante.storage.InboxRow;
import dev.restante.storage.StreamHead;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The inbox of one user. Guarded by the area's lock. */
final class InboxStream extends Stream<InboxRow> {
  /** The newest row of each compaction key; made when the first keyed row comes. */
  private @Nullable Map<String, InboxRow> newestByKey;

  void append(List<InboxRow> added) {
    for (int i = 0; i < added.size(); i++) {
      InboxRow row = added.get(i);
      rows.add(row.position(), row);
      if (row.key() != null) {
        compact(row.key(), row);
      }
    }
  }

  private void compact(String key, InboxRow row) {
    if (newestByKey == null) {
      newestByKey = new HashMap<>();
    }
    InboxRow older = newestByKey.put(key, row);
    if (older != null) {
      rows.supersede(older.position());
    }
  }

  @Override
  StreamHead head() {
    return new StreamHead(headNumber(), 0, 0, floor());
  }

  @Override
  void onTrimmed(InboxRow row) {
    if (newestByKey != null && row.key() != null) {
      newestByKey.remove(row.key(), row);
    }
  }
}
