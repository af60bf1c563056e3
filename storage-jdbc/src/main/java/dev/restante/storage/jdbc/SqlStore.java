package dev.restante.storage.jdbc;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import dev.restante.storage.jdbc.Step.Expect;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * The store on any database of a {@link Dialect}. Each call borrows one session, and no call needs
 * a second one while it holds the first, so no number of threads can starve itself of connections.
 */
final class SqlStore implements Store {
  static final int MAX_PAYLOAD_BYTES = 16 << 20;
  static final int MAX_COMMIT_ROWS = 12_000;

  private static final int ATTEMPTS_BY_COUNTS = 2;

  private final StoreInfo info;
  private final Dialect dialect;
  private final Calls calls;
  private final Streams streams;
  private final Reads reads;
  private final Trims trims;

  SqlStore(StoreInfo info, Dialect dialect, Calls calls, Streams streams) {
    this.info = info;
    this.dialect = dialect;
    this.calls = calls;
    this.streams = streams;
    this.reads = new Reads(dialect, streams);
    this.trims = new Trims(dialect, reads);
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    Optional<Refused> refused = CommitPlan.refusal(commit, info.maxPayloadBytes());
    if (refused.isPresent()) {
      return refused.get();
    }
    boolean appends = !(commit.logs().isEmpty() && commit.inboxes().isEmpty());
    try {
      return attempt(commit);
    } catch (Utf8.Malformed e) {
      return new Refused(String.valueOf(e.getMessage()));
    } catch (Outdated e) {
      if (appends) {
        return outdated();
      }
    }
    // Nothing was written, and the caller goes by no head that he would have to look at again.
    try {
      return attempt(commit);
    } catch (Outdated e) {
      throw new StoreException(Effect.TRANSIENT, "The database was exchanged again", e);
    }
  }

  private CommitOutcome attempt(Commit commit) {
    return commit.guards().isEmpty()
        ? commit(commit, streams.numbers(), GuardCheck.ofEach())
        : byCounts((numbers, check) -> commit(commit, numbers, check));
  }

  /** Takes guards to hold that are known to; after a change elsewhere it finds out anew. */
  private CommitOutcome byCounts(BiFunction<Numbers, GuardCheck, CommitOutcome> attempt) {
    for (int i = 0; dialect.countsChanges() && i < ATTEMPTS_BY_COUNTS; i++) {
      // What was numbered in an attempt that failed is gone with it.
      Numbers numbers = streams.numbers();
      KnownGuards known = numbers.generation().guards();
      long[] counts = known.counts();
      if (counts == null || i > 0) {
        counts = calls.read(session -> countsFor(session, numbers));
        known.counts(counts);
      }
      try {
        return attempt.apply(numbers, GuardCheck.at(known, counts));
      } catch (GuardCheck.CountsMoved moved) {
        // Nothing was written. The next attempt goes by what the counts are now.
      }
    }
    return attempt.apply(streams.numbers(), GuardCheck.ofEach());
  }

  private long[] countsFor(Session session, Numbers numbers) throws SQLException {
    numbers.check(session);
    short[] locks = new short[GuardLocks.COUNT];
    for (short i = 0; i < locks.length; i++) {
      locks[i] = i;
    }
    long[] counts = new long[locks.length];
    dialect.lookup(
        session,
        Op.FIND_COUNT,
        new Columns(locks.length, locks),
        (lock, row) -> counts[lock] = row.getLong(2));
    return counts;
  }

  private CommitOutcome commit(Commit commit, Numbers numbers, GuardCheck check) {
    List<Step> steps = CommitPlan.steps(commit, numbers, check);
    if (!numbers.complete() && !dialect.numbersStreamsInCommit()) {
      steps = numbered(commit, numbers, check);
    }
    List<Step> ready = steps;
    boolean complete = numbers.complete();
    CommitOutcome outcome =
        calls.commit(
            session -> {
              numbers.check(session);
              return apply(session, complete ? ready : planned(session, commit, numbers, check));
            });
    return done(outcome, numbers, check);
  }

  /** Not an error: the caller looks at the heads again, which may be as outdated. */
  private static Conflict outdated() {
    return new Conflict(Cause.HEAD);
  }

  private List<Step> numbered(Commit commit, Numbers numbers, GuardCheck check) {
    List<Step> steps;
    do {
      streams.number(calls, numbers);
      steps = CommitPlan.steps(commit, numbers, check);
    } while (!numbers.complete());
    return steps;
  }

  /** The steps of a commit, with the numbers that are missing given in the same transaction. */
  private List<Step> planned(Session session, Commit commit, Numbers numbers, GuardCheck check)
      throws SQLException {
    List<Step> steps = CommitPlan.steps(commit, numbers, check);
    while (!numbers.complete()) {
      streams.numberWithin(session, numbers);
      steps = CommitPlan.steps(commit, numbers, check);
    }
    return steps;
  }

  private CommitOutcome apply(Session session, List<Step> steps) throws SQLException {
    if (steps.isEmpty()) {
      return CommitOutcome.COMMITTED;
    }
    Optional<Cause> failed = dialect.run(session, steps);
    return failed.isPresent() ? new Conflict(failed.get()) : CommitOutcome.COMMITTED;
  }

  private static CommitOutcome done(CommitOutcome outcome, Numbers numbers, GuardCheck check) {
    if (outcome instanceof CommitOutcome.Committed) {
      check.remember();
      numbers.remember();
    }
    return outcome;
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> keys, LockedPlan plan) {
    Numbers numbers = streams.numbers();
    // Not by counts: its guards may be on records that change without counting, such as a group's.
    GuardCheck check = GuardCheck.ofEach();
    try {
      return done(
          calls.commit(session -> commitLocked(session, keys, plan, numbers, check)),
          numbers,
          check);
    } catch (Utf8.Malformed e) {
      return new Refused(String.valueOf(e.getMessage()));
    } catch (Outdated e) {
      return outdated();
    }
  }

  private CommitOutcome commitLocked(
      Session session, List<StreamKey> keys, LockedPlan plan, Numbers numbers, GuardCheck check)
      throws SQLException {
    numbers.check(session);
    keys.forEach(numbers::of);
    while (!numbers.complete()) {
      streams.numberWithin(session, numbers);
      keys.forEach(numbers::of);
    }
    long[] ids = keys.stream().mapToLong(numbers::of).sorted().toArray();
    List<Step> before =
        List.of(
            new Step(Op.LOCK_STREAMS, dialect.streamLocks(ids), Expect.ANYTHING, Cause.UNSPECIFIED),
            Streams.notStray(keys, numbers));
    Map<StreamKey, StreamHead> heads = new LinkedHashMap<>();
    List<StreamHead> found = reads.heads(session, before, keys, numbers);
    for (int i = 0; i < keys.size(); i++) {
      heads.put(keys.get(i), found.get(i));
    }
    Optional<Commit> commit = plan.plan(heads);
    if (commit.isEmpty()) {
      return new Conflict(Cause.UNSPECIFIED);
    }
    Optional<Refused> refused = CommitPlan.refusal(commit.get(), info.maxPayloadBytes());
    return refused.isPresent()
        ? refused.get()
        : apply(session, planned(session, commit.get(), numbers, check));
  }

  /** Reads; a second time if the numbers that the first one went by turned out to be outdated. */
  private <T> T read(Calls.Work<T> work) {
    try {
      return calls.read(work);
    } catch (Outdated e) {
      return again(() -> calls.read(work));
    }
  }

  private static <T> T again(Supplier<T> call) {
    try {
      return call.get();
    } catch (Outdated e) {
      throw new StoreException(Effect.TRANSIENT, "The database is changing", e);
    }
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> keys) {
    return read(session -> reads.heads(session, keys, streams.lookedUp(session, keys)));
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return read(session -> reads.dedups(session, keys));
  }

  @Override
  public LogSlice readLog(LogRange range) {
    return read(session -> reads.log(session, range));
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return read(session -> reads.inbox(session, inbox, after, limit, maxBytes));
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    return read(session -> reads.records(session, keys));
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return read(session -> reads.list(session, partition, space, afterId, limit));
  }

  @Override
  public List<Long> trim(List<Trim> asked, int maxRows) {
    List<StreamKey> keys = asked.stream().map(Trim::stream).toList();
    try {
      return trimAll(asked, keys, maxRows);
    } catch (Outdated e) {
      return again(() -> trimAll(asked, keys, maxRows));
    }
  }

  private List<Long> trimAll(List<Trim> asked, List<StreamKey> keys, int maxRows) {
    Numbers numbers = calls.read(session -> streams.lookedUp(session, keys));
    List<Long> floors = new ArrayList<>(asked.size());
    for (Trim trim : asked) {
      long id = numbers.of(trim.stream());
      floors.add(id == 0 ? 0L : calls.write(session -> trim(session, trim, numbers, maxRows)));
    }
    return floors;
  }

  private long trim(Session session, Trim trim, Numbers numbers, int maxRows) throws SQLException {
    numbers.check(session);
    streams.confirm(session, List.of(trim.stream()), numbers);
    return trims.trim(session, numbers.of(trim.stream()), trim, maxRows);
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    return calls.write(session -> dialect.sweep(session, nowMillis, limit));
  }

  @Override
  public WalkPage walk(String from, int limit) {
    Walk walk = Walk.from(from, limit);
    return read(session -> walk.page(session, dialect));
  }

  @Override
  public void close() {
    calls.close();
  }
}
