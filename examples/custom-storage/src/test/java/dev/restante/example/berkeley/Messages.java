package dev.restante.example.berkeley;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.storage.Commit;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StreamKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What the tests write: message after message, each with a part in every table. */
final class Messages {
  static final StreamKey LOG = StreamKey.log("t", "c");
  static final StreamKey INBOX = StreamKey.inbox("t", "bob");
  static final RecordKey COUNT = new RecordKey(LOG, "count", "id");

  private Messages() {}

  static Store open(Path folder) {
    return BerkeleyStorage.at(folder).open(new StoreContext(Duration.ofSeconds(10)));
  }

  static long head(Store store) {
    return store.heads(List.of(LOG)).get(0).head();
  }

  static byte[] text(long seq) {
    return ("message " + seq + " ").repeat((int) (seq % 50) + 1).getBytes(UTF_8);
  }

  static DedupKey submit(long seq) {
    return new DedupKey(LOG, "alice", "id" + seq);
  }

  static Commit message(long seq) {
    LogRow row = new LogRow(seq, seq, 5, 0, text(seq));
    InboxRow reference = new InboxRow(seq, 1, 0, LOG, seq, null, new byte[0]);
    return new Commit(
        5,
        false,
        List.of(new LogAppend(LOG, seq - 1, true, List.of(row))),
        List.of(new InboxAppend(INBOX, seq - 1, true, List.of(reference))),
        List.of(new DedupRow(submit(seq), 1, seq, 5, Long.MAX_VALUE, false)),
        List.of(RecordWrite.replace(COUNT, seq - 1, seq, new byte[0])),
        List.of());
  }
}
