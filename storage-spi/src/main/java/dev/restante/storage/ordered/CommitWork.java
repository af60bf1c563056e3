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
 * all of it is one batch; and what is remembered changes when that is on the disk.
 *
 * <p>It is made beside others, and run in the writer's turn: rows are turned into bytes before,
 * while another commit waits for the disk, as far as every stream's number that they take is known.
 * Only numbers are believed then: heads are looked at in the turn.
 */
final class CommitWork {
  private static final Conflict HEAD = new Conflict(Cause.HEAD);
  private static final Conflict DUPLICATE = new Conflict(Cause.DUPLICATE);
  private static final Conflict RECORD = new Conflict(Cause.RECORD);

  private final Data data;
  private final Streams streams;
  private final Versions versions;
  private final Commit commit;

  private final Batch batch = new Batch();
  private final List<Target<LogAppend>> logs;
  private final List<Target<InboxAppend>> inboxes;

  /** Keys of submits; none where the log's number is not known yet. */
  private final byte[] @Nullable [] dedupKeys;

  /** When the rows expired that submits replace, by the submits' index. */
  private final Map<Integer, Long> replaced = new HashMap<>();

  private final Map<StreamKey, Stream> created = new HashMap<>();
  private long firstExpiryMillis = Long.MAX_VALUE;

  /** What is appended to which stream: before the turn one that was remembered, if any was. */
  private static final class Target<A> {
    private final A append;
    private @Nullable Stream stream;
    private boolean inBatch;

    Target(@Nullable Stream stream, A append) {
      this.stream = stream;
      this.append = append;
    }

    long known() {
      return stream == null ? 0 : stream.number();
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
    this.dedupKeys = new byte[commit.dedups().size()][];
    prepare();
  }

  CommitOutcome run() {
    try (Snapshot now = data.snapshot()) {
      Conflict conflict = conflict(now);
      if (conflict != null) {
        return conflict;
      }
      fill(now);
    }
    batch.writeTo(data);
    remember();
    return CommitOutcome.COMMITTED;
  }

  /** The earliest moment at which a submit of this commit expires. */
  long firstExpiryMillis() {
    return firstExpiryMillis;
  }

  // ---- before the turn --------------------------------------------------------------------------

  /** Streams in the order of their keys: each row is found a place near that of the last one. */
  private void prepare() {
    Map<StreamKey, Stream> met = new HashMap<>(2 * commit.logs().size());
    for (LogAppend append : commit.logs()) {
      logs.add(new Target<>(remembered(append.log(), met), append));
    }
    for (InboxAppend append : commit.inboxes()) {
      inboxes.add(new Target<>(streams.remembered(append.inbox()), append));
    }
    logs.sort(Comparator.comparingLong(Target::known));
    inboxes.sort(Comparator.comparingLong(Target::known));
    for (Target<LogAppend> log : logs) {
      if (log.stream != null) {
        putLog(log.stream.number(), log.append);
        log.inBatch = true;
      }
    }
    for (Target<InboxAppend> inbox : inboxes) {
      inbox.inBatch =
          inbox.stream != null && prepare(inbox.stream.number(), inbox.append.rows(), met);
    }
    for (int i = 0; i < dedupKeys.length; i++) {
      DedupRow row = commit.dedups().get(i);
      Stream log = remembered(row.key().log(), met);
      if (log != null) {
        byte[] key = Keys.dedup(row.key(), log.number());
        dedupKeys[i] = key;
        putDedup(key, row);
      }
    }
  }

  /** A log is named by its own rows, by those that refer to them, and by submits. */
  private @Nullable Stream remembered(StreamKey log, Map<StreamKey, Stream> met) {
    return met.computeIfAbsent(log, streams::remembered);
  }

  /** All rows or none: not if any has a key, or refers to a log that is not remembered. */
  private boolean prepare(long inbox, List<InboxRow> rows, Map<StreamKey, Stream> met) {
    List<Change> changes = new ArrayList<>(rows.size());
    for (InboxRow row : rows) {
      StreamKey named = row.log();
      Stream log = named == null ? null : remembered(named, met);
      if (row.key() != null || (named != null && log == null)) {
        return false;
      }
      changes.add(
          new Change(
              Table.INBOX,
              Keys.row(inbox, row.position()),
              Values.inbox(row, log == null ? 0 : log.number(), null)));
    }
    changes.forEach(batch::add);
    return true;
  }

  // ---- checks -----------------------------------------------------------------------------------

  private @Nullable Conflict conflict(Snapshot now) {
    for (Target<LogAppend> log : logs) {
      LogAppend append = log.append;
      log.stream = streams.load(now, append.log(), log.stream);
      if (!follows(log.stream, append.expectedHead(), append.verify())) {
        return HEAD;
      }
    }
    for (Target<InboxAppend> inbox : inboxes) {
      InboxAppend append = inbox.append;
      inbox.stream = streams.load(now, append.inbox(), inbox.stream);
      if (!follows(inbox.stream, append.expectedHead(), append.verify())) {
        return HEAD;
      }
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
    for (int i = 0; i < dedupKeys.length; i++) {
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

  /** There is nothing to look up where the log is new. */
  private boolean isRemembered(Snapshot now, int index, DedupRow row) {
    byte[] key = dedupKeys[index];
    if (key == null) {
      long log = streams.number(now, row.key().log());
      key = log == 0 ? null : Keys.dedup(row.key(), log);
    }
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

  /** What could not be prepared, in the same order. */
  private void fill(Snapshot now) {
    for (Target<LogAppend> log : logs) {
      log.stream = log.stream == null ? stream(log.append.log(), now) : log.stream;
    }
    for (Target<InboxAppend> inbox : inboxes) {
      inbox.stream = inbox.stream == null ? stream(inbox.append.inbox(), now) : inbox.stream;
    }
    for (Target<LogAppend> log : left(logs)) {
      putLog(log.stream().number(), log.append);
    }
    for (Target<InboxAppend> inbox : left(inboxes)) {
      putInbox(now, inbox.stream().number(), inbox.append);
    }
    for (int i = 0; i < dedupKeys.length; i++) {
      DedupRow row = commit.dedups().get(i);
      byte[] key = dedupKeys[i];
      if (key == null) {
        key = Keys.dedup(row.key(), stream(row.key().log(), now).number());
        putDedup(key, row);
      }
      Long expired = replaced.get(i);
      if (expired != null && expired != row.expiresAtMillis()) {
        batch.delete(Table.EXPIRY, Keys.expiry(expired, key));
      }
    }
    for (RecordWrite write : commit.records()) {
      putRecord(now, write);
    }
  }

  private static <A> List<Target<A>> left(List<Target<A>> targets) {
    List<Target<A>> left = new ArrayList<>();
    for (Target<A> target : targets) {
      if (!target.inBatch) {
        left.add(target);
      }
    }
    left.sort(Comparator.comparingLong(target -> target.stream().number()));
    return left;
  }

  private Stream stream(StreamKey key, Snapshot now) {
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

  private void putLog(long log, LogAppend append) {
    for (LogRow row : append.rows()) {
      batch.put(Table.LOG, Keys.row(log, row.seq()), Values.log(row));
    }
  }

  private void putInbox(Snapshot now, long inbox, InboxAppend append) {
    Set<Long> superseded = compact(now, inbox, append.rows());
    for (InboxRow row : append.rows()) {
      if (superseded.contains(row.position())) {
        continue;
      }
      StreamKey log = row.log();
      byte[] key = row.key() == null ? null : Bytes.of(row.key());
      batch.put(
          Table.INBOX,
          Keys.row(inbox, row.position()),
          Values.inbox(row, log == null ? 0 : stream(log, now).number(), key));
    }
  }

  /**
   * Removes stored rows that these supersede.
   *
   * @return those that later ones of these supersede
   */
  private Set<Long> compact(Snapshot now, long inbox, List<InboxRow> rows) {
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
      byte[] key = Keys.newest(inbox, Bytes.of(entry.getKey()));
      byte[] position = now.get(Table.NEWEST, key);
      if (position != null) {
        byte[] older = Keys.row(inbox, Bytes.getLong(position, 0));
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

  private void putDedup(byte[] key, DedupRow row) {
    batch.put(Table.DEDUP, key, Values.dedup(row));
    long expiresAtMillis = row.expiresAtMillis();
    if (expiresAtMillis != Long.MAX_VALUE) {
      batch.put(Table.EXPIRY, Keys.expiry(expiresAtMillis, key), Bytes.NOTHING);
      firstExpiryMillis = Math.min(firstExpiryMillis, expiresAtMillis);
    }
  }

  private void putRecord(Snapshot now, RecordWrite write) {
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
        Keys.record(stream(key.partition(), now).number(), key.space(), key.id()),
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
