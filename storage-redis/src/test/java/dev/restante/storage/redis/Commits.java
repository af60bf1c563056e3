package dev.restante.storage.redis;

import dev.restante.storage.Commit;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StreamKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Puts a commit together. For one thread. */
final class Commits {
  static final long NOW = 1_000;

  private final List<LogAppend> logs = new ArrayList<>();
  private final List<InboxAppend> inboxes = new ArrayList<>();
  private final List<DedupRow> dedups = new ArrayList<>();
  private final List<RecordWrite> records = new ArrayList<>();
  private final List<Guard> guards = new ArrayList<>();

  static Commits commit() {
    return new Commits();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static LogRow row(long seq) {
    return new LogRow(seq, seq, NOW + seq, 1, bytes("row " + seq));
  }

  static InboxRow note(long position) {
    return new InboxRow(position, 1, 0, null, 0, null, bytes("note " + position));
  }

  static InboxRow keyed(long position, String key) {
    return new InboxRow(position, 1, 0, null, 0, key, bytes("keyed " + position));
  }

  static DedupRow remembered(StreamKey log, String id, long expiry) {
    return new DedupRow(new DedupKey(log, "alice", id), -7, 1, NOW, expiry, false);
  }

  Commits log(StreamKey log, LogRow... rows) {
    logs.add(new LogAppend(log, rows[0].seq() - 1, false, List.of(rows)));
    return this;
  }

  /** Rows of these numbers. */
  Commits log(StreamKey log, long from, long to) {
    LogRow[] rows = new LogRow[(int) (to - from + 1)];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row(from + i);
    }
    return log(log, rows);
  }

  Commits inbox(StreamKey inbox, InboxRow... rows) {
    inboxes.add(new InboxAppend(inbox, rows[0].position() - 1, false, List.of(rows)));
    return this;
  }

  Commits dedup(DedupRow row) {
    dedups.add(row);
    return this;
  }

  Commits record(RecordWrite write) {
    records.add(write);
    return this;
  }

  Commits guard(Guard guard) {
    guards.add(guard);
    return this;
  }

  Commit build() {
    return new Commit(NOW, false, logs, inboxes, dedups, records, guards);
  }
}
