package dev.restante.storage.migration;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Durability;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.MessageCacheCounts;
import dev.restante.storage.Moving;
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
import dev.restante.storage.migration.Marks.Fate;
import dev.restante.storage.migration.Marks.Ticket;
import dev.restante.storage.migration.Papers.Plan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntPredicate;

/**
 * The old store, until the move is done; the new one from then on. Every write into the old one
 * depends on the plan, so a node that missed the switch writes nothing there. Every read looks at
 * the plan first, so such a node does not read there either. Safe for use by many threads.
 */
final class MovingStore implements Store {
  private static final int ATTEMPTS = 64;

  private final Store from;
  private final Store to;
  private final Gate gate;
  private final Marks marks;
  private final Runnable closing;
  private final StoreInfo info;
  private volatile boolean closed;

  /** Waits a little, for the nth time, while writers are frozen; whether to wait on. */
  private final IntPredicate patience;

  MovingStore(
      Store from, Store to, Gate gate, Marks marks, IntPredicate patience, Runnable closing) {
    this.from = from;
    this.to = to;
    this.gate = gate;
    this.marks = marks;
    this.patience = patience;
    this.closing = closing;
    this.info = common(from.info(), to.info());
  }

  /** What both can do. */
  private static StoreInfo common(StoreInfo one, StoreInfo other) {
    Durability weaker =
        one.durability().compareTo(other.durability()) < 0 ? one.durability() : other.durability();
    return new StoreInfo(
        one.name() + "-to-" + other.name(),
        weaker,
        one.shared() && other.shared(),
        one.locking() && other.locking(),
        Moving.NO,
        Math.min(one.maxPayloadBytes(), other.maxPayloadBytes()),
        Math.min(one.maxCommitRows(), other.maxCommitRows()));
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  // ---- writing ---------------------------------------------------------------------------------

  @Override
  public CommitOutcome commit(Commit commit) {
    return written(
        plan -> {
          List<Ticket> tickets = List.of(begin(keys(commit)));
          return marked(plan, tickets, () -> from.commit(guarded(commit, plan)));
        },
        () -> to.commit(commit));
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan locked) {
    if (!info.locking()) {
      throw new UnsupportedOperationException(info.name() + " does not lock");
    }
    return written(
        plan -> {
          List<Ticket> tickets = new ArrayList<>();
          LockedPlan guarded =
              heads -> {
                Optional<Commit> commit = locked.plan(heads);
                commit.ifPresent(planned -> tickets.add(begin(keys(planned))));
                return commit.map(planned -> guarded(planned, plan));
              };
          return marked(plan, tickets, () -> from.commitLocked(streams, guarded));
        },
        () -> to.commitLocked(streams, locked));
  }

  private interface Call<T> {
    T run();
  }

  /** Writes into the old store under the plan of the moment, or into the new one. */
  private CommitOutcome written(Function<Plan, CommitOutcome> old, Call<CommitOutcome> fresh) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Plan plan = openForWriting();
      if (plan.is(MovePhase.DONE)) {
        return fresh.run();
      }
      CommitOutcome outcome = old.apply(plan);
      if (!(outcome instanceof Conflict)) {
        return outcome;
      }
      if (gate.look().version() == plan.version()) {
        return outcome;
      }
      // It may have been the plan that was in conflict.
    }
    throw new StoreException(
        Effect.TRANSIENT, "The plan of the move changed %d times".formatted(ATTEMPTS), null);
  }

  /** Waits while writers are frozen. */
  private Plan openForWriting() {
    Plan plan = gate.plan();
    if (gate.mayWrite(plan)) {
      return plan;
    }
    for (int nth = 0; ; nth++) {
      plan = gate.isOver() ? gate.plan() : gate.look();
      if (plan.is(MovePhase.COPY) && !gate.mayWrite(plan)) {
        plan = gate.enter();
      }
      if (plan.is(MovePhase.DONE) || gate.mayWrite(plan)) {
        return plan;
      }
      if (!patience.test(nth)) {
        throw new StoreException(Effect.TRANSIENT, "It is about to be moved", null);
      }
    }
  }

  /** Whoever comes while the store is being closed would leave what nobody looks for. */
  private Ticket begin(Collection<Object> keys) {
    Ticket ticket = marks.begin(keys);
    if (closed) {
      marks.end(ticket, Fate.NOTHING);
      throw new StoreException(Effect.FAULT, "The store is closed", null);
    }
    return ticket;
  }

  /** Keys are marked before the call, since a freeze may come between the call and its end. */
  private CommitOutcome marked(Plan plan, List<Ticket> tickets, Call<CommitOutcome> call) {
    Fate fate = Fate.UNKNOWN;
    try {
      CommitOutcome outcome = call.run();
      fate = outcome instanceof CommitOutcome.Committed ? Fate.DONE : Fate.NOTHING;
      return outcome;
    } catch (StoreException e) {
      fate = e.effect() == Effect.UNKNOWN ? Fate.UNKNOWN : Fate.NOTHING;
      throw e;
    } finally {
      // Nothing is mirrored before the move has begun, and beginning changes the plan.
      Fate so = plan.is(MovePhase.BEFORE) ? Fate.NOTHING : fate;
      tickets.forEach(ticket -> marks.end(ticket, so));
    }
  }

  private static Commit guarded(Commit commit, Plan plan) {
    List<Guard> guards = new ArrayList<>(commit.guards().size() + 1);
    guards.addAll(commit.guards());
    guards.add(new Guard(Papers.PLAN, plan.version()));
    return new Commit(
        commit.nowMillis(),
        commit.exclusive(),
        commit.logs(),
        commit.inboxes(),
        commit.dedups(),
        commit.records(),
        guards);
  }

  private static List<Object> keys(Commit commit) {
    List<Object> keys = new ArrayList<>();
    commit.logs().forEach(append -> keys.add(append.log()));
    commit.inboxes().forEach(append -> keys.add(append.inbox()));
    commit.dedups().forEach(row -> keys.add(row.key()));
    commit.records().forEach(write -> keys.add(write.key()));
    return keys;
  }

  /**
   * No trim depends on the plan. So a floor is believed only if the plan is the same afterwards:
   * otherwise the freeze may have come first, and the new store has not got it.
   */
  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    Plan plan = openForWriting();
    if (plan.is(MovePhase.DONE)) {
      return to.trim(trims, maxRows);
    }
    Ticket ticket = begin(trims.stream().map(trim -> (Object) trim.stream()).distinct().toList());
    Fate fate = Fate.UNKNOWN;
    try {
      List<Long> floors = from.trim(trims, maxRows);
      fate = Fate.DONE;
      if (gate.look().version() != plan.version()) {
        throw new StoreException(
            Effect.UNKNOWN, "The plan of the move changed while it was trimmed", null);
      }
      return floors;
    } catch (StoreException e) {
      // Where it is certain that nothing comes later, some streams may be trimmed all the same.
      fate = e.effect() == Effect.UNKNOWN ? fate : Fate.DONE;
      throw e;
    } finally {
      marks.end(ticket, plan.is(MovePhase.BEFORE) && fate != Fate.UNKNOWN ? Fate.NOTHING : fate);
    }
  }

  /** What has expired counts for nothing in either store. */
  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    Store store = openForWriting().is(MovePhase.DONE) ? to : from;
    return store.removeExpiredDedups(nowMillis, limit);
  }

  // ---- reading ---------------------------------------------------------------------------------

  /** Nobody but this process can have changed the plan of a store that is not shared. */
  private Store reading() {
    if (gate.isOver()) {
      return to;
    }
    Plan plan = from.info().shared() ? gate.look() : gate.plan();
    return plan.is(MovePhase.DONE) ? to : from;
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    return reading().heads(streams);
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return reading().dedups(keys);
  }

  @Override
  public LogSlice readLog(LogRange range) {
    return reading().readLog(range);
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return reading().readInbox(inbox, after, limit, maxBytes);
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    return reading().records(keys);
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return reading().list(partition, space, afterId, limit);
  }

  @Override
  public WalkPage walk(String from, int limit) {
    throw new UnsupportedOperationException(info.name() + " is being moved already");
  }

  @Override
  public MessageCacheCounts messageCache() {
    MessageCacheCounts one = from.messageCache();
    MessageCacheCounts other = to.messageCache();
    return new MessageCacheCounts(one.hits() + other.hits(), one.misses() + other.misses());
  }

  @Override
  public void close() {
    closed = true;
    closing.run();
  }
}
