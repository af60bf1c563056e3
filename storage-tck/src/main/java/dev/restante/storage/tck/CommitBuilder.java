package dev.restante.storage.tck;

import dev.restante.storage.Commit;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;

/** Builds a commit. Unless told otherwise it happens at {@link Samples#NOW}. */
final class CommitBuilder {
  private long nowMillis = Samples.NOW;
  private boolean exclusive;
  private final List<LogAppend> logs = new ArrayList<>();
  private final List<InboxAppend> inboxes = new ArrayList<>();
  private final List<DedupRow> dedups = new ArrayList<>();
  private final List<RecordWrite> records = new ArrayList<>();
  private final List<Guard> guards = new ArrayList<>();

  CommitBuilder at(long millis) {
    nowMillis = millis;
    return this;
  }

  CommitBuilder exclusive() {
    exclusive = true;
    return this;
  }

  /** Rows for a log; the first row says what the expected head is. */
  CommitBuilder log(StreamKey log, LogRow... rows) {
    return log(log, false, rows);
  }

  CommitBuilder verifiedLog(StreamKey log, LogRow... rows) {
    return log(log, true, rows);
  }

  CommitBuilder log(StreamKey log, boolean verify, LogRow... rows) {
    logs.add(new LogAppend(log, rows[0].seq() - 1, verify, List.of(rows)));
    return this;
  }

  CommitBuilder inbox(StreamKey inbox, InboxRow... rows) {
    return inbox(inbox, false, rows);
  }

  CommitBuilder verifiedInbox(StreamKey inbox, InboxRow... rows) {
    return inbox(inbox, true, rows);
  }

  CommitBuilder inbox(StreamKey inbox, boolean verify, InboxRow... rows) {
    inboxes.add(new InboxAppend(inbox, rows[0].position() - 1, verify, List.of(rows)));
    return this;
  }

  /** Rows for a log that is moved, which may begin anywhere above the head. */
  CommitBuilder movedLog(StreamKey log, long expectedHead, LogRow... rows) {
    logs.add(new LogAppend(log, expectedHead, true, List.of(rows)));
    return this;
  }

  /** Rows for an inbox that is moved, which may leave numbers out. */
  CommitBuilder movedInbox(StreamKey inbox, long expectedHead, InboxRow... rows) {
    inboxes.add(new InboxAppend(inbox, expectedHead, true, List.of(rows)));
    return this;
  }

  CommitBuilder dedup(DedupRow row) {
    dedups.add(row);
    return this;
  }

  CommitBuilder record(RecordWrite write) {
    records.add(write);
    return this;
  }

  CommitBuilder guard(RecordKey key, long version) {
    guards.add(new Guard(key, version));
    return this;
  }

  CommitBuilder guardOnAny(RecordKey key, long version) {
    guards.add(Guard.ofAny(key, version));
    return this;
  }

  Commit build() {
    return new Commit(nowMillis, exclusive, logs, inboxes, dedups, records, guards);
  }
}
