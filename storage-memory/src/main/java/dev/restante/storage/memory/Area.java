package dev.restante.storage.memory;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The data of one {@link MemoryStorage}. One lock makes every call one step: writers alone, readers
 * together. A commit checks everything before it writes anything, so there is nothing to undo. Safe
 * for use by many threads.
 */
final class Area {
  private static final Conflict HEAD = new Conflict(Cause.HEAD);
  private static final Conflict DUPLICATE = new Conflict(Cause.DUPLICATE);
  private static final Conflict RECORD = new Conflict(Cause.RECORD);
  private static final Conflict GIVEN_UP = new Conflict(Cause.UNSPECIFIED);

  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final Map<StreamKey, LogStream> logs = new HashMap<>();
  private final Map<StreamKey, InboxStream> inboxes = new HashMap<>();
  private final Dedups dedups = new Dedups();
  private final Records records = new Records();

  CommitOutcome commit(Commit commit) {
    return step(lock.writeLock(), () -> commitAlone(commit));
  }

  CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    return step(
        lock.writeLock(),
        () -> {
          Map<StreamKey, StreamHead> heads = new LinkedHashMap<>();
          streams.forEach(stream -> heads.put(stream, head(stream)));
          return plan.plan(heads).map(this::commitAlone).orElse(GIVEN_UP);
        });
  }

  List<StreamHead> heads(List<StreamKey> streams) {
    return step(
        lock.readLock(),
        () -> {
          List<StreamHead> heads = new ArrayList<>(streams.size());
          streams.forEach(stream -> heads.add(head(stream)));
          return heads;
        });
  }

  Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return step(
        lock.readLock(),
        () -> {
          Map<DedupKey, DedupRow> found = new HashMap<>();
          for (DedupKey key : keys) {
            DedupRow row = dedups.find(key);
            if (row != null) {
              found.put(key, row);
            }
          }
          return found;
        });
  }

  LogSlice readLog(LogRange range) {
    return step(
        lock.readLock(),
        () -> {
          LogStream log = logs.get(range.log());
          return log == null ? new LogSlice(List.of(), false, 0) : log.read(range);
        });
  }

  InboxSlice readInbox(StreamKey key, long after, int limit, long maxBytes) {
    return step(
        lock.readLock(),
        () -> {
          InboxStream inbox = inboxes.get(key);
          return inbox == null
              ? new InboxSlice(List.of(), after, false, 0)
              : read(inbox, after, limit, maxBytes);
        });
  }

  Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    return step(
        lock.readLock(),
        () -> {
          Map<RecordKey, StoredRecord> found = new HashMap<>();
          for (RecordKey key : keys) {
            StoredRecord stored = records.find(key);
            if (stored != null) {
              found.put(key, stored);
            }
          }
          return found;
        });
  }

  List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return step(lock.readLock(), () -> records.list(partition, space, afterId, limit));
  }

  List<Long> trim(List<Trim> trims, int maxRows) {
    List<Long> floors = new ArrayList<>(trims.size());
    for (Trim trim : trims) {
      floors.add(step(lock.writeLock(), () -> trim(trim, maxRows)));
    }
    return floors;
  }

  int removeExpiredDedups(long nowMillis, int limit) {
    return step(lock.writeLock(), () -> dedups.removeExpired(nowMillis, limit));
  }

  WalkPage walk(String from, int limit) {
    Walk walk = Walk.from(from, limit);
    return step(
        lock.readLock(),
        () -> {
          walk.streams(logs.keySet());
          walk.streams(inboxes.keySet());
          walk.dedups(dedups.keys());
          walk.records(records.keys());
          return walk.page();
        });
  }

  private static <T> T step(Lock held, Supplier<T> work) {
    held.lock();
    try {
      return work.get();
    } finally {
      held.unlock();
    }
  }

  private CommitOutcome commitAlone(Commit commit) {
    // Each stream is looked up once: with many of them a look-up is a trip to main memory.
    @Nullable LogStream[] toLogs = new @Nullable LogStream[commit.logs().size()];
    @Nullable InboxStream[] toInboxes = new @Nullable InboxStream[commit.inboxes().size()];
    Conflict conflict = conflict(commit, toLogs, toInboxes);
    if (conflict != null) {
      return conflict;
    }
    write(commit, toLogs, toInboxes);
    return CommitOutcome.COMMITTED;
  }

  private @Nullable Conflict conflict(
      Commit commit, @Nullable LogStream[] toLogs, @Nullable InboxStream[] toInboxes) {
    for (int i = 0; i < toLogs.length; i++) {
      LogAppend append = commit.logs().get(i);
      toLogs[i] = logs.get(append.log());
      if (!accepts(toLogs[i], append.expectedHead(), append.verify())) {
        return HEAD;
      }
    }
    for (int i = 0; i < toInboxes.length; i++) {
      InboxAppend append = commit.inboxes().get(i);
      toInboxes[i] = inboxes.get(append.inbox());
      if (!accepts(toInboxes[i], append.expectedHead(), append.verify())) {
        return HEAD;
      }
    }
    for (DedupRow row : commit.dedups()) {
      if (!dedups.accepts(row, commit.nowMillis())) {
        return DUPLICATE;
      }
    }
    for (RecordWrite write : commit.records()) {
      if (!records.accepts(write)) {
        return RECORD;
      }
    }
    for (Guard guard : commit.guards()) {
      if (!records.holds(guard)) {
        return RECORD;
      }
    }
    return null;
  }

  private static boolean accepts(@Nullable Stream<?> stream, long expectedHead, boolean verify) {
    return stream == null ? !verify || expectedHead == 0 : stream.accepts(expectedHead, verify);
  }

  private void write(
      Commit commit, @Nullable LogStream[] toLogs, @Nullable InboxStream[] toInboxes) {
    for (int i = 0; i < toLogs.length; i++) {
      LogAppend append = commit.logs().get(i);
      LogStream known = toLogs[i];
      LogStream log =
          known == null ? logs.computeIfAbsent(append.log(), any -> new LogStream()) : known;
      log.append(append.rows());
    }
    for (int i = 0; i < toInboxes.length; i++) {
      InboxAppend append = commit.inboxes().get(i);
      InboxStream known = toInboxes[i];
      InboxStream inbox =
          known == null ? inboxes.computeIfAbsent(append.inbox(), any -> new InboxStream()) : known;
      inbox.append(append.rows());
    }
    commit.dedups().forEach(dedups::put);
    commit.records().forEach(records::apply);
  }

  private StreamHead head(StreamKey key) {
    Stream<?> stream = stream(key);
    return stream == null ? StreamHead.EMPTY : stream.head();
  }

  private long trim(Trim trim, int maxRows) {
    Stream<?> stream = stream(trim.stream());
    return stream == null ? 0 : stream.trim(trim.through(), maxRows);
  }

  private @Nullable Stream<?> stream(StreamKey key) {
    return key.kind() == StreamKey.Kind.LOG ? logs.get(key) : inboxes.get(key);
  }

  private InboxSlice read(InboxStream inbox, long after, int limit, long maxBytes) {
    Rows<InboxRow> rows = inbox.rows;
    int first = rows.indexAbove(after);
    List<InboxItem> items = new ArrayList<>(Math.min(limit, rows.end() - first));
    Join join = new Join();
    long bytes = 0;
    long scannedTo = after;
    for (int index = first; index < rows.end(); index++) {
      InboxRow row = rows.get(index);
      if (row == null) {
        continue;
      }
      LogRow logRow = join.find(row);
      bytes += row.payload().length + (logRow == null ? 0L : logRow.payload().length);
      if (items.size() == limit || (!items.isEmpty() && bytes > maxBytes)) {
        return new InboxSlice(items, scannedTo, true, inbox.floor());
      }
      items.add(new InboxItem(row, logRow));
      scannedTo = row.position();
    }
    return new InboxSlice(items, Math.max(after, inbox.headNumber()), false, inbox.floor());
  }

  /** Finds log rows. Neighbours in an inbox often refer to the same log, so the last is kept. */
  private final class Join {
    private @Nullable StreamKey key;
    private @Nullable LogStream log;

    @Nullable LogRow find(InboxRow row) {
      StreamKey wanted = row.log();
      if (wanted == null) {
        return null;
      }
      if (!wanted.equals(key)) {
        key = wanted;
        log = logs.get(wanted);
      }
      return log == null ? null : log.rows.find(row.seq());
    }
  }
}
