package dev.restante.storage.rocksdb;

import dev.restante.storage.Commit;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StreamKey;
import java.time.Duration;
import java.util.List;

/** What the tests write. */
final class Rows {
  static final StoreContext CONTEXT = new StoreContext(Duration.ofSeconds(10));
  static final StreamKey LOG = StreamKey.log("t", "c");

  private Rows() {}

  static Commit row(long seq, byte[] payload) {
    return commit(
        List.of(new LogAppend(LOG, seq - 1, false, List.of(new LogRow(seq, seq, 5, 0, payload)))),
        List.of());
  }

  static Commit submit(String clientId, long nowMillis, long expiresAtMillis) {
    DedupRow row =
        new DedupRow(new DedupKey(LOG, "sender", clientId), 1, 2, 3, expiresAtMillis, true);
    return new Commit(nowMillis, false, List.of(), List.of(), List.of(row), List.of(), List.of());
  }

  private static Commit commit(List<LogAppend> logs, List<DedupRow> dedups) {
    return new Commit(5, false, logs, List.of(), dedups, List.of(), List.of());
  }
}
