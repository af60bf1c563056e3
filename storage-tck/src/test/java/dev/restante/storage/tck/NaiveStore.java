package dev.restante.storage.tck;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Durability;
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
import dev.restante.storage.Moving;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.RecordWrite.Condition;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The plainest store there is, with every decision in a method of its own. Each mutant overrides
 * one of them; nothing here is fast or clever. It shares no code with the memory store, so it also
 * serves as the other opinion in comparisons.
 */
class NaiveStore implements Store {
  static final int MAX_PAYLOAD_BYTES = 1 << 20;

  /** What all stores opened on one place share. */
  static final class Data {
    final Map<StreamKey, NavigableMap<Long, LogRow>> logs = new HashMap<>();
    final Map<StreamKey, NavigableMap<Long, InboxRow>> inboxes = new HashMap<>();
    final Map<StreamKey, StreamHead> floors = new HashMap<>();
    final Map<DedupKey, DedupRow> dedups = new HashMap<>();
    final Map<RecordKey, StoredRecord> records = new HashMap<>();

    /** For mutants that lock stream by stream. */
    final Map<StreamKey, ReentrantLock> locks = new ConcurrentHashMap<>();

    /** For mutants that let one handle disturb another. */
    volatile boolean disturbed;
  }

  final Data data;
  private boolean closed;

  NaiveStore(Data data) {
    this.data = data;
  }

  /** Long enough for another thread to do its worst. */
  static void pause() {
    LockSupport.parkNanos(200_000);
  }

  static Commit only(Commit commit, List<LogAppend> logs, List<InboxAppend> inboxes) {
    return new Commit(
        commit.nowMillis(), false, logs, inboxes, List.of(), List.of(), commit.guards());
  }

  static Commit without(
      Commit commit, List<DedupRow> dedups, List<RecordWrite> records, List<Guard> guards) {
    return new Commit(
        commit.nowMillis(),
        commit.exclusive(),
        commit.logs(),
        commit.inboxes(),
        commit.dedups().stream().filter(row -> !dedups.contains(row)).toList(),
        commit.records().stream().filter(write -> !records.contains(write)).toList(),
        commit.guards().stream().filter(guard -> !guards.contains(guard)).toList());
  }

  void check() {
    if (closed) {
      throw new StoreException(Effect.FAULT, "closed", null);
    }
  }

  @Override
  public StoreInfo info() {
    return new StoreInfo(
        "naive", Durability.VOLATILE, true, true, Moving.IN_AND_OUT, MAX_PAYLOAD_BYTES, 10_000);
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    check();
    synchronized (data) {
      return problem(commit)
          .orElseGet(
              () -> {
                apply(commit);
                return CommitOutcome.COMMITTED;
              });
    }
  }

  /** Why a commit cannot be written. */
  Optional<CommitOutcome> problem(Commit commit) {
    if (payloads(commit).anyMatch(payload -> payload.length > maxPayloadBytes())) {
      return Optional.of(new Refused("a payload is too large"));
    }
    if (commit.logs().stream().anyMatch(this::logConflict)
        || commit.inboxes().stream().anyMatch(this::inboxConflict)) {
      return Optional.of(new Conflict(Cause.HEAD));
    }
    if (commit.dedups().stream().anyMatch(row -> dedupConflict(row, commit.nowMillis()))) {
      return Optional.of(new Conflict(Cause.DUPLICATE));
    }
    if (commit.records().stream().anyMatch(this::writeConflict)
        || commit.guards().stream().anyMatch(this::guardConflict)) {
      return Optional.of(new Conflict(Cause.RECORD));
    }
    return Optional.empty();
  }

  int maxPayloadBytes() {
    return MAX_PAYLOAD_BYTES;
  }

  private static Stream<byte[]> payloads(Commit commit) {
    return Stream.of(
            commit.logs().stream().flatMap(log -> log.rows().stream()).map(LogRow::payload),
            commit.inboxes().stream().flatMap(box -> box.rows().stream()).map(InboxRow::payload),
            commit.records().stream().map(RecordWrite::payload))
        .flatMap(all -> all);
  }

  boolean logConflict(LogAppend append) {
    return headConflict(append.log(), append.expectedHead(), append.verify());
  }

  boolean inboxConflict(InboxAppend append) {
    return headConflict(append.inbox(), append.expectedHead(), append.verify());
  }

  boolean headConflict(StreamKey stream, long expectedHead, boolean verify) {
    long head = head(stream).head();
    return verify ? head != expectedHead : head > expectedHead;
  }

  boolean dedupConflict(DedupRow row, long nowMillis) {
    DedupRow known = data.dedups.get(name(row.key()));
    return known != null && !(row.replacesExpired() && known.expiresAtMillis() <= nowMillis);
  }

  boolean writeConflict(RecordWrite write) {
    return write.condition() == Condition.IF_VERSION
        && version(write.key()) != write.expectedVersion();
  }

  boolean guardConflict(Guard guard) {
    return version(guard.key()) != guard.version();
  }

  void apply(Commit commit) {
    commit.logs().forEach(this::append);
    commit.inboxes().forEach(this::append);
    commit.dedups().forEach(this::remember);
    commit.records().forEach(this::put);
  }

  void append(LogAppend append) {
    append.rows().forEach(row -> log(append.log()).put(row.seq(), row));
  }

  void append(InboxAppend append) {
    for (InboxRow row : append.rows()) {
      compact(append.inbox(), row);
      inbox(append.inbox()).put(row.position(), row);
    }
  }

  /** Removes what the row is about to supersede. */
  void compact(StreamKey inbox, InboxRow newer) {
    inbox(inbox).values().removeIf(older -> superseded(older, newer));
  }

  boolean superseded(InboxRow older, InboxRow newer) {
    return newer.key() != null && Objects.equals(older.key(), newer.key());
  }

  void remember(DedupRow row) {
    data.dedups.put(name(row.key()), row);
  }

  void put(RecordWrite write) {
    RecordKey key = name(write.key());
    if (write.condition() == Condition.IF_GREATER && write.version() <= version(write.key())) {
      return;
    }
    if (write.version() == 0) {
      data.records.remove(key);
    } else {
      data.records.put(key, new StoredRecord(write.key(), write.version(), write.payload()));
    }
  }

  long version(RecordKey key) {
    StoredRecord stored = data.records.get(name(key));
    return stored == null ? 0 : stored.version();
  }

  /** How the store spells the name of a stream. */
  StreamKey name(StreamKey stream) {
    return stream;
  }

  /** How the store spells the name of a submit. */
  DedupKey name(DedupKey key) {
    return key;
  }

  /** How the store spells the name of a record. */
  RecordKey name(RecordKey key) {
    return key;
  }

  final NavigableMap<Long, LogRow> log(StreamKey log) {
    return data.logs.computeIfAbsent(name(log), any -> new TreeMap<>());
  }

  final NavigableMap<Long, InboxRow> inbox(StreamKey inbox) {
    return data.inboxes.computeIfAbsent(name(inbox), any -> new TreeMap<>());
  }

  final NavigableMap<Long, ?> rows(StreamKey stream) {
    return stream.kind() == StreamKey.Kind.LOG ? log(stream) : inbox(stream);
  }

  final StreamHead floor(StreamKey stream) {
    return data.floors.getOrDefault(name(stream), StreamHead.EMPTY);
  }

  final StreamHead head(StreamKey stream) {
    StreamHead floor = floor(stream);
    if (rows(stream).isEmpty()) {
      return floor;
    }
    if (stream.kind() == StreamKey.Kind.LOG) {
      LogRow last = log(stream).lastEntry().getValue();
      return new StreamHead(last.seq(), last.ordinal(), last.timeMillis(), floor.floor());
    }
    return new StreamHead(inbox(stream).lastKey(), 0, 0, floor.floor());
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    check();
    synchronized (data) {
      return plan.plan(headsFor(streams)).map(this::commit).orElse(new Conflict(Cause.UNSPECIFIED));
    }
  }

  Map<StreamKey, StreamHead> headsFor(List<StreamKey> streams) {
    Map<StreamKey, StreamHead> heads = new LinkedHashMap<>();
    synchronized (data) {
      streams.forEach(stream -> heads.put(stream, head(stream)));
    }
    return heads;
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    check();
    synchronized (data) {
      return streams.stream().map(this::head).toList();
    }
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    check();
    synchronized (data) {
      Map<DedupKey, DedupRow> found = new HashMap<>();
      for (DedupKey key : keys) {
        DedupRow row = data.dedups.get(name(key));
        if (row != null) {
          found.put(key, row);
        }
      }
      return found;
    }
  }

  @Override
  public LogSlice readLog(LogRange range) {
    check();
    synchronized (data) {
      List<LogRow> wanted = new ArrayList<>(within(range));
      if (range.descending()) {
        wanted.sort(Comparator.comparingLong(LogRow::seq).reversed());
      }
      List<LogRow> found = new ArrayList<>();
      long bytes = 0;
      for (LogRow row : wanted) {
        bytes += row.payload().length;
        if (isFull(found.size(), bytes, range.limit(), range.maxBytes())) {
          break;
        }
        found.add(row);
      }
      return new LogSlice(found, found.size() < wanted.size(), floor(range.log()).floor());
    }
  }

  Collection<LogRow> within(LogRange range) {
    return range.from() > range.to()
        ? List.of()
        : log(range.log()).subMap(range.from(), true, range.to(), true).values();
  }

  boolean isFull(int count, long bytes, int limit, long maxBytes) {
    return count == limit || (count > 0 && bytes > maxBytes);
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    check();
    synchronized (data) {
      List<InboxItem> wanted =
          inbox(inbox).tailMap(after, false).values().stream().flatMap(this::join).toList();
      List<InboxItem> found = new ArrayList<>();
      long bytes = 0;
      for (InboxItem item : wanted) {
        bytes += size(item);
        if (isFull(found.size(), bytes, limit, maxBytes)) {
          break;
        }
        found.add(item);
      }
      boolean more = found.size() < wanted.size();
      long last = found.isEmpty() ? after : found.get(found.size() - 1).row().position();
      long scannedTo = more ? last : Math.max(after, head(inbox).head());
      return new InboxSlice(found, scannedTo, more, floor(inbox).floor());
    }
  }

  Stream<InboxItem> join(InboxRow row) {
    return Stream.of(new InboxItem(row, referred(row)));
  }

  final @Nullable LogRow referred(InboxRow row) {
    return row.log() == null ? null : log(row.log()).get(row.seq());
  }

  long size(InboxItem item) {
    LogRow logRow = item.logRow();
    return item.row().payload().length + (logRow == null ? 0L : logRow.payload().length);
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    check();
    synchronized (data) {
      Map<RecordKey, StoredRecord> found = new HashMap<>();
      for (RecordKey key : keys) {
        StoredRecord stored = data.records.get(name(key));
        if (stored != null) {
          found.put(key, stored);
        }
      }
      return found;
    }
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    check();
    synchronized (data) {
      return data.records.values().stream()
          .filter(stored -> isIn(stored.key(), partition, space))
          .filter(stored -> follows(stored.key().id(), afterId))
          .sorted(Comparator.comparing(stored -> stored.key().id(), order()))
          .limit(limit)
          .toList();
    }
  }

  boolean isIn(RecordKey key, StreamKey partition, String space) {
    return key.partition().equals(partition) && key.space().equals(space);
  }

  boolean follows(String id, String afterId) {
    return order().compare(id, afterId) > 0;
  }

  Comparator<String> order() {
    return (left, right) ->
        Arrays.compareUnsigned(
            left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    check();
    List<Long> floors = new ArrayList<>();
    for (Trim trim : trims) {
      synchronized (data) {
        floors.add(trim(trim.stream(), trim.through(), maxRows));
      }
    }
    return floors;
  }

  long trim(StreamKey stream, long through, int maxRows) {
    StreamHead last = floor(stream);
    long target = Math.min(through, head(stream).head());
    if (target <= last.floor()) {
      return last.floor();
    }
    NavigableMap<Long, ?> rows = rows(stream);
    for (int count = 0; count < maxRows && !rows.isEmpty() && rows.firstKey() <= target; count++) {
      last = asFloor(rows.firstKey(), rows.pollFirstEntry().getValue());
    }
    boolean stopped = !rows.isEmpty() && rows.firstKey() <= target;
    long floor = stopped ? last.floor() : target;
    setFloor(stream, new StreamHead(floor, last.ordinal(), last.timeMillis(), floor));
    return floor;
  }

  void setFloor(StreamKey stream, StreamHead floor) {
    data.floors.put(name(stream), floor);
  }

  private static StreamHead asFloor(long number, Object row) {
    return row instanceof LogRow logRow
        ? new StreamHead(number, logRow.ordinal(), logRow.timeMillis(), number)
        : new StreamHead(number, 0, 0, number);
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    check();
    synchronized (data) {
      List<DedupKey> expired =
          data.dedups.entrySet().stream()
              .filter(entry -> entry.getValue().expiresAtMillis() <= nowMillis)
              .map(Map.Entry::getKey)
              .limit(limit)
              .toList();
      expired.forEach(data.dedups::remove);
      return expired.size();
    }
  }

  @Override
  public WalkPage walk(String from, int limit) {
    check();
    synchronized (data) {
      List<Map.Entry<String, Object>> page =
          names().tailMap(from, false).entrySet().stream().limit(limit).toList();
      String next = page.size() < limit ? "" : page.get(page.size() - 1).getKey();
      return new WalkPage(
          named(page, StreamKey.class),
          named(page, DedupKey.class),
          named(page, RecordKey.class),
          next);
    }
  }

  /** Everything there is, in an order that does not change. */
  NavigableMap<String, Object> names() {
    NavigableMap<String, Object> names = new TreeMap<>();
    Stream.of(
            data.logs.keySet(), data.inboxes.keySet(), data.dedups.keySet(), data.records.keySet())
        .flatMap(Collection::stream)
        .forEach(key -> names.put(key.toString(), key));
    return names;
  }

  static <T> List<T> named(List<Map.Entry<String, Object>> page, Class<T> kind) {
    return page.stream().map(Map.Entry::getValue).filter(kind::isInstance).map(kind::cast).toList();
  }

  @Override
  public void close() {
    closed = true;
  }
}
