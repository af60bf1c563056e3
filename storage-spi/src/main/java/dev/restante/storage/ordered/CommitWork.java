package dev.restante.storage.ordered;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.RecordWrite.Condition;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One commit. Everything is checked before anything is written, so there is nothing to undo; then
 * all of it is one batch; and what is remembered changes when that is on the disk. The writer's.
 */
final class CommitWork {
  private static final Conflict HEAD = new Conflict(Cause.HEAD);
  private static final Conflict DUPLICATE = new Conflict(Cause.DUPLICATE);
  private static final Conflict RECORD = new Conflict(Cause.RECORD);

  private final Data data;
  private final Streams streams;
  private final Versions versions;
  private final Commit commit;

  private final List<Target<LogAppend>> logs;
  private final List<Target<InboxAppend>> inboxes;

  /** Keys of submits; none where the log is new. */
  private final List<byte @Nullable []> dedupKeys;

  /** When the rows expired that submits replace, by the submits' index. */
  private final Map<Integer, Long> replaced = new HashMap<>();

  private final Map<StreamKey, Stream> created = new HashMap<>();
  private long firstExpiryMillis = Long.MAX_VALUE;

  /** What is appended to which stream, which the batch makes if there is none yet. */
  private static final class Target<A> {
    private final A append;
    private @Nullable Stream stream;

    Target(@Nullable Stream stream, A append) {
      this.stream = stream;
      this.append = append;
    }

    Stream stream() {
      return Objects.requireNonNull(stream, "a stream without a number");
    }
  }

  CommitWork(Access.Opened opened, Commit commit) {
    this.data = opened.data();
    this.streams = opened.streams();
    this.versions = opened.versions();
    this.commit = commit;
    this.logs = new ArrayList<>(commit.logs().size());
    this.inboxes = new ArrayList<>(commit.inboxes().size());
    this.dedupKeys = new ArrayList<>(commit.dedups().size());
  }

  CommitOutcome run() {
    Batch batch = new Batch();
    try (Snapshot now = data.snapshot()) {
      Conflict conflict = conflict(now);
      if (conflict != null) {
        return conflict;
      }
      fill(now, batch);
    }
    batch.writeTo(data);
    remember();
    return CommitOutcome.COMMITTED;
  }

  /** The earliest moment at which a submit of this commit expires. */
  long firstExpiryMillis() {
    return firstExpiryMillis;
  }

  // ---- checks -----------------------------------------------------------------------------------

  private @Nullable Conflict conflict(Snapshot now) {
    for (LogAppend append : commit.logs()) {
      Stream log = streams.load(now, append.log());
      if (!follows(log, append.expectedHead(), append.verify())) {
        return HEAD;
      }
      logs.add(new Target<>(log, append));
    }
    for (InboxAppend append : commit.inboxes()) {
      Stream inbox = streams.load(now, append.inbox());
      if (!follows(inbox, append.expectedHead(), append.verify())) {
        return HEAD;
      }
      inboxes.add(new Target<>(inbox, append));
    }
    for (RecordWrite write : commit.records()) {
      if (write.condition() == Condition.IF_VERSION
          && versions.of(now, write.key()) != write.expectedVersion()) {
        return RECORD;
      }
    }
    for (Guard guard : commit.guards()) {
      if (versions.ofGuarded(now, guard.key()) != guard.version()) {
        return RECORD;
      }
    }
    for (int i = 0; i < commit.dedups().size(); i++) {
      if (isRemembered(now, i, commit.dedups().get(i))) {
        return DUPLICATE;
      }
    }
    return null;
  }

  /** An unverified append above the head leaves a gap; nothing above may rely on more. */
  private static boolean follows(@Nullable Stream stream, long expectedHead, boolean verify) {
    long head = stream == null ? 0 : stream.headNumber();
    return verify ? head == expectedHead : head <= expectedHead;
  }

  private boolean isRemembered(Snapshot now, int index, DedupRow row) {
    long log = streams.number(now, row.key().log());
    byte[] key = log == 0 ? null : Keys.dedup(row.key(), log);
    dedupKeys.add(key);
    byte[] stored = key == null ? null : now.get(Table.DEDUP, key);
    if (stored == null) {
      return false;
    }
    long expiresAtMillis = Values.expiresAtMillis(stored);
    if (!row.replacesExpired() || expiresAtMillis > commit.nowMillis()) {
      return true;
    }
    replaced.put(index, expiresAtMillis);
    return false;
  }

  // ---- the batch --------------------------------------------------------------------------------

  /** Streams in the order of their keys: each row is found a place near that of the last one. */
  private void fill(Snapshot now, Batch batch) {
    for (Target<LogAppend> log : logs) {
      log.stream = log.stream == null ? stream(log.append.log(), now, batch) : log.stream;
    }
    for (Target<InboxAppend> inbox : inboxes) {
      inbox.stream = inbox.stream == null ? stream(inbox.append.inbox(), now, batch) : inbox.stream;
    }
    logs.sort(Comparator.comparingLong(log -> log.stream().number()));
    inboxes.sort(Comparator.comparingLong(inbox -> inbox.stream().number()));
    for (Target<LogAppend> log : logs) {
      putLog(batch, log.stream(), log.append);
    }
    for (Target<InboxAppend> inbox : inboxes) {
      putInbox(now, batch, inbox.stream(), inbox.append);
    }
    for (int i = 0; i < commit.dedups().size(); i++) {
      putDedup(now, batch, i, commit.dedups().get(i));
    }
    for (RecordWrite write : commit.records()) {
      putRecord(now, batch, write);
    }
  }

  private Stream stream(StreamKey key, Snapshot now, Batch batch) {
    Stream stream = streams.find(now, key);
    if (stream == null) {
      stream = created.get(key);
    }
    if (stream == null) {
      stream = streams.create(key, batch);
      created.put(key, stream);
    }
    return stream;
  }

  private void putLog(Batch batch, Stream log, LogAppend append) {
    for (LogRow row : append.rows()) {
      batch.put(Table.LOG, Keys.row(log.number(), row.seq()), Values.log(row));
    }
  }

  private void putInbox(Snapshot now, Batch batch, Stream inbox, InboxAppend append) {
    Set<Long> superseded = compact(now, batch, inbox, append.rows());
    for (InboxRow row : append.rows()) {
      if (superseded.contains(row.position())) {
        continue;
      }
      StreamKey log = row.log();
      byte[] key = row.key() == null ? null : Bytes.of(row.key());
      batch.put(
          Table.INBOX,
          Keys.row(inbox.number(), row.position()),
          Values.inbox(row, log == null ? 0 : stream(log, now, batch).number(), key));
    }
  }

  /**
   * Removes stored rows that these supersede.
   *
   * @return those that later ones of these supersede
   */
  private Set<Long> compact(Snapshot now, Batch batch, Stream inbox, List<InboxRow> rows) {
    if (!anyKey(rows)) {
      return Set.of();
    }
    Map<String, Long> newest = new HashMap<>();
    Set<Long> superseded = new HashSet<>();
    for (InboxRow row : rows) {
      if (row.key() != null) {
        Long older = newest.put(row.key(), row.position());
        if (older != null) {
          superseded.add(older);
        }
      }
    }
    for (Map.Entry<String, Long> entry : newest.entrySet()) {
      byte[] key = Keys.newest(inbox.number(), Bytes.of(entry.getKey()));
      byte[] position = now.get(Table.NEWEST, key);
      if (position != null) {
        byte[] older = Keys.row(inbox.number(), Bytes.getLong(position, 0));
        batch.delete(Table.INBOX, older);
      }
      batch.put(Table.NEWEST, key, Keys.number(entry.getValue()));
    }
    return superseded;
  }

  private static boolean anyKey(List<InboxRow> rows) {
    for (InboxRow row : rows) {
      if (row.key() != null) {
        return true;
      }
    }
    return false;
  }

  private void putDedup(Snapshot now, Batch batch, int index, DedupRow row) {
    byte[] checked = dedupKeys.get(index);
    byte[] key =
        checked == null
            ? Keys.dedup(row.key(), stream(row.key().log(), now, batch).number())
            : checked;
    Long expired = replaced.get(index);
    if (expired != null && expired != row.expiresAtMillis()) {
      batch.delete(Table.EXPIRY, Keys.expiry(expired, key));
    }
    batch.put(Table.DEDUP, key, Values.dedup(row));
    long expiresAtMillis = row.expiresAtMillis();
    if (expiresAtMillis != Long.MAX_VALUE) {
      batch.put(Table.EXPIRY, Keys.expiry(expiresAtMillis, key), Bytes.NOTHING);
      firstExpiryMillis = Math.min(firstExpiryMillis, expiresAtMillis);
    }
  }

  private void putRecord(Snapshot now, Batch batch, RecordWrite write) {
    RecordKey key = write.key();
    if (write.condition() == Condition.IF_GREATER && write.version() <= versions.of(now, key)) {
      return;
    }
    if (write.version() == 0) {
      long partition = streams.number(now, key.partition());
      if (partition != 0) {
        batch.delete(Table.RECORD, Keys.record(partition, key.space(), key.id()));
      }
      return;
    }
    batch.put(
        Table.RECORD,
        Keys.record(stream(key.partition(), now, batch).number(), key.space(), key.id()),
        Values.record(write.version(), write.payload()));
  }

  // ---- afterwards -------------------------------------------------------------------------------

  private void remember() {
    created.forEach(streams::created);
    commit.records().forEach(write -> versions.changed(write.key()));
    for (Target<LogAppend> log : logs) {
      List<LogRow> rows = log.append.rows();
      LogRow last = rows.get(rows.size() - 1);
      log.stream().reach(last.seq(), last.ordinal(), last.timeMillis());
    }
    for (Target<InboxAppend> inbox : inboxes) {
      List<InboxRow> rows = inbox.append.rows();
      inbox.stream().reach(rows.get(rows.size() - 1).position(), 0, 0);
    }
  }
}
