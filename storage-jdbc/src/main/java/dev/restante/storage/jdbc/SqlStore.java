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
import dev.restante.storage.MessageCacheCounts;
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
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The store on any database of a {@link Dialect}. Each call borrows one session, and no call needs
 * a second one while it holds the first, so no number of threads can starve itself of connections;
 * {@link Turns} have one of their own.
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
  private final Turns turns;

  SqlStore(StoreInfo info, Dialect dialect, Calls calls, Streams streams, Turns turns) {
    this.info = info;
    this.dialect = dialect;
    this.calls = calls;
    this.streams = streams;
    this.reads = new Reads(dialect, streams);
    this.trims = new Trims(dialect, reads);
    this.turns = turns;
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
    boolean appends = appends(commit);
    if (appends) {
      turns.writtenOutside();
    }
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
              List<Step> all = complete ? ready : planned(session, commit, numbers, check);
              return apply(session, appends(commit) ? outsideOfTurns(all) : all);
            });
    return done(outcome, numbers, check);
  }

  private static boolean appends(Commit commit) {
    return !(commit.logs().isEmpty() && commit.inboxes().isEmpty());
  }

  private List<Step> outsideOfTurns(List<Step> steps) {
    if (!dialect.takesTurns()) {
      return steps;
    }
    List<Step> all = new ArrayList<>(steps.size() + 1);
    all.add(Turns.BESIDE_NOBODY);
    all.addAll(steps);
    return all;
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
    Set<StreamKey> streamKeys = new LinkedHashSet<>(keys);
    LockedCommit locked = new LockedCommit(streamKeys, plan);
    if (!dialect.takesTurns()) {
      return attempts(locked);
    }
    try {
      turns.enter(streamKeys);
    } catch (Outdated e) {
      return outdated();
    }
    try {
      CommitOutcome outcome = attempts(locked);
      locked.ended(outcome);
      return outcome instanceof CommitOutcome.Committed
          ? new CommitOutcome.Committed(locked.isContended())
          : outcome;
    } catch (RuntimeException e) {
      locked.ended(null);
      throw e;
    } finally {
      turns.leave(streamKeys);
    }
  }

  private CommitOutcome attempts(LockedCommit locked) {
    try {
      return byCounts(locked::attempt);
    } catch (Utf8.Malformed e) {
      return new Refused(String.valueOf(e.getMessage()));
    } catch (Outdated e) {
      return outdated();
    }
  }

  /** One call of {@link #commitLocked}. Its attempts follow one another, on one thread. */
  private final class LockedCommit {
    private final Set<StreamKey> keys;
    private final LockedPlan plan;
    private @Nullable Numbers numbers;
    private Moved moved = Moved.NONE;
    private long note;

    LockedCommit(Set<StreamKey> keys, LockedPlan plan) {
      this.keys = keys;
      this.plan = plan;
    }

    CommitOutcome attempt(Numbers with, GuardCheck check) {
      numbers = with;
      moved = Moved.NONE;
      note = 0;
      keys.forEach(with::of);
      while (!with.complete() && !dialect.numbersStreamsInCommit()) {
        streams.number(calls, with);
        keys.forEach(with::of);
      }
      return done(calls.commit(session -> commit(session, with, check)), with, check);
    }

    private CommitOutcome commit(Session session, Numbers with, GuardCheck check)
        throws SQLException {
      with.check(session);
      while (!with.complete()) {
        streams.numberWithin(session, with);
        keys.forEach(with::of);
      }
      Optional<Commit> planned = plan.plan(heads(session, with));
      if (planned.isEmpty()) {
        return new Conflict(Cause.UNSPECIFIED);
      }
      Optional<Refused> refused = CommitPlan.refusal(planned.get(), info.maxPayloadBytes());
      if (refused.isPresent()) {
        return refused.get();
      }
      List<Step> steps = planned(session, planned.get(), with, check);
      return apply(session, dialect.takesTurns() ? noted(steps, planned.get(), with) : steps);
    }

    private long[] ids(Numbers with) {
      long[] ids = new long[keys.size()];
      int at = 0;
      for (StreamKey key : keys) {
        ids[at++] = with.of(key);
      }
      return ids;
    }

    /** As known from turns, or else as looked up, once the streams are locked. */
    private Map<StreamKey, StreamHead> heads(Session session, Numbers with) throws SQLException {
      Map<StreamKey, StreamHead> heads = new HashMap<>(2 * keys.size());
      long[] ids = ids(with);
      List<StreamKey> unknown = new ArrayList<>();
      List<Step> before = new ArrayList<>(2);
      if (dialect.takesTurns()) {
        @Nullable StreamHead[] known = with.generation().heads().of(ids);
        int at = 0;
        for (StreamKey key : keys) {
          StreamHead head = known[at++];
          if (head == null) {
            unknown.add(key);
          } else {
            heads.put(key, head);
          }
        }
      } else {
        unknown.addAll(keys);
        Arrays.sort(ids);
        before.add(
            new Step(
                Op.LOCK_STREAMS, new Columns(ids.length, ids), Expect.ANYTHING, Cause.UNSPECIFIED));
      }
      if (!unknown.isEmpty()) {
        before.add(Streams.notStray(unknown, with));
        List<StreamHead> found = reads.heads(session, before, unknown, with);
        for (int i = 0; i < found.size(); i++) {
          heads.put(unknown.get(i), found.get(i));
          if (dialect.takesTurns()) {
            with.generation().heads().put(with.of(unknown.get(i)), found.get(i));
          }
        }
      }
      return heads;
    }

    /** With a note for the nodes whose turns come later. */
    private List<Step> noted(List<Step> steps, Commit commit, Numbers with) {
      moved = Moved.by(commit, with);
      if (moved.isEmpty()) {
        return steps;
      }
      note = turns.nextNote();
      List<Step> noted = new ArrayList<>(steps);
      noted.add(
          new Step(
              Op.NOTE_MOVED,
              new Columns(1, new long[] {note}, new byte[][] {moved.encode()}),
              Expect.ANYTHING,
              Cause.UNSPECIFIED));
      return noted;
    }

    boolean isContended() {
      return turns.isContended(moved);
    }

    /** Learns from how it ended; nothing is known of that if it threw. */
    void ended(@Nullable CommitOutcome outcome) {
      Numbers with = numbers;
      if (with == null) {
        return;
      }
      KnownHeads known = with.generation().heads();
      if (outcome instanceof CommitOutcome.Committed) {
        known.putAll(moved);
        turns.noted(note);
      } else if (outcome instanceof Conflict conflict && conflict.cause() == Cause.HEAD) {
        // Somebody writes outside of turns, to other streams as well: one loss is enough.
        known.forgetAll();
        turns.outrun();
      } else {
        known.forget(ids(with));
      }
    }
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
  public MessageCacheCounts messageCache() {
    return calls.messageCache();
  }

  @Override
  public void close() {
    calls.close();
  }
}
