package dev.restante.storage.jdbc;

import dev.restante.storage.Commit;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StreamKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Makes commits for tests. */
final class Rows {
  private Rows() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static LogRow logRow(long seq, String text) {
    return new LogRow(seq, seq, 1000 + seq, 1, bytes(text));
  }

  static LogAppend log(StreamKey log, long head, boolean verify, String... texts) {
    List<LogRow> rows = new ArrayList<>();
    for (String text : texts) {
      rows.add(logRow(head + rows.size() + 1, text));
    }
    return new LogAppend(log, head, verify, rows);
  }

  static InboxAppend inbox(StreamKey inbox, long head, boolean verify, InboxRow... rows) {
    return new InboxAppend(inbox, head, verify, List.of(rows));
  }

  static InboxRow keyed(long position, String key, String text) {
    return new InboxRow(position, 2, 1, null, 0, key, bytes(text));
  }

  static DedupRow dedup(StreamKey log, String sender, String id, long expiresAt, boolean replaces) {
    return new DedupRow(new DedupKey(log, sender, id), 77, 1, 1001, expiresAt, replaces);
  }

  static Commit commit(List<LogAppend> logs, List<InboxAppend> inboxes) {
    return new Commit(0, false, logs, inboxes, List.of(), List.of(), List.of());
  }

  static Commit logs(LogAppend... logs) {
    return commit(List.of(logs), List.of());
  }

  static Commit inboxes(InboxAppend... inboxes) {
    return commit(List.of(), List.of(inboxes));
  }

  static Commit dedups(long now, DedupRow... rows) {
    return new Commit(now, false, List.of(), List.of(), List.of(rows), List.of(), List.of());
  }

  static Commit records(RecordWrite... writes) {
    return Commit.ofRecords(0, List.of(writes));
  }

  static Commit guarded(LogAppend log, Guard... guards) {
    return new Commit(0, false, List.of(log), List.of(), List.of(), List.of(), List.of(guards));
  }

  static RecordKey record(StreamKey partition, String id) {
    return new RecordKey(partition, "cursor", id);
  }
}
