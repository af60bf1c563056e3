package dev.restante.storage.cells;

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
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store on an engine that changes one cell in one step: commits across cells are all or nothing
 * all the same.
 *
 * <p>What nodes that stopped have left is repaired when a store is opened, whenever the dedup rows
 * are swept, and by whoever meets it; nothing waits for a repair. {@link #commitLocked} locks
 * nothing: it looks, plans and commits at the heads that it saw, and begins again where others came
 * first.
 *
 * <p>A call that names several streams or records looks at each of them as of a moment within the
 * call. {@link #heads} looks until two looks in a row agree, so that it shows one moment, unless
 * others keep writing to what it looks at.
 *
 * <p>Keeps nothing in memory that it read. Safe for use by many threads.
 */
public final class CellStore implements Store {
  /** How many heads are looked at together, and how often, until two looks agree. */
  private static final int HEADS_AT_ONCE = 1000;

  private static final int LOOKS = 8;

  private final CellEngine engine;
  private final Transactions transactions;
  private final AtomicBoolean closed = new AtomicBoolean();

  private CellStore(CellEngine engine) {
    this.engine = engine;
    this.transactions = new Transactions(engine);
  }

  /**
   * Opens a store on an engine and repairs what others have left. The engine is closed with the
   * store, and at once if the repair fails.
   *
   * @throws StoreException as the engine does; with {@link Effect#UNAVAILABLE} where a step of the
   *     repair is in doubt, since whoever opens next takes it again
   */
  public static CellStore open(CellEngine engine) {
    CellStore store = new CellStore(engine);
    try {
      store.transactions.repair();
    } catch (StoreException e) {
      store.close();
      throw e.effect() == Effect.UNKNOWN
          ? new StoreException(Effect.UNAVAILABLE, "Not opened: " + e.getMessage(), e)
          : e;
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
    return store;
  }

  @Override
  public StoreInfo info() {
    return engine.info();
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    return commit(commit, transactions.waits());
  }

  private CommitOutcome commit(Commit commit, Transactions.Waits waits) {
    checkOpen();
    Optional<Refused> refused = engine.refusal(commit);
    if (refused.isPresent()) {
      return refused.get();
    }
    List<Part> parts = Parts.of(commit, engine.recordsApart());
    return switch (parts.size()) {
      case 0 -> CommitOutcome.COMMITTED;
      case 1 ->
          commit.exclusive()
              ? transactions.across(parts, waits)
              : transactions.alone(parts.get(0), waits);
      default -> transactions.across(parts, waits);
    };
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    Transactions.Waits waits = transactions.waits();
    while (true) {
      Map<StreamKey, StreamHead> seen = headsOf(streams);
      Optional<Commit> commit = plan.plan(seen);
      if (commit.isEmpty()) {
        return new Conflict(Cause.UNSPECIFIED);
      }
      CommitOutcome outcome = commit(commit.get(), waits);
      if (!isHead(outcome) || headsOf(streams).equals(seen)) {
        return outcome;
      }
      waits.plan();
    }
  }

  private Map<StreamKey, StreamHead> headsOf(List<StreamKey> streams) {
    Map<StreamKey, StreamHead> found = new LinkedHashMap<>();
    List<StreamHead> all = heads(streams);
    for (int i = 0; i < streams.size(); i++) {
      found.put(streams.get(i), all.get(i));
    }
    return found;
  }

  private static boolean isHead(CommitOutcome outcome) {
    return outcome instanceof Conflict conflict && conflict.cause() == Cause.HEAD;
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    checkOpen();
    List<StreamHead> heads = new ArrayList<>(streams.size());
    for (int from = 0; from < streams.size(); from += HEADS_AT_ONCE) {
      heads.addAll(
          headsAtOnce(streams.subList(from, Math.min(streams.size(), from + HEADS_AT_ONCE))));
    }
    return heads;
  }

  /** Heads never go back: what two looks show alike was so at every moment between them. */
  private List<StreamHead> headsAtOnce(List<StreamKey> streams) {
    List<StreamHead> seen = look(() -> engine.heads(streams));
    for (int nth = 1; nth < LOOKS && streams.size() > 1; nth++) {
      List<StreamHead> again = look(() -> engine.heads(streams));
      if (again.equals(seen)) {
        return again;
      }
      seen = again;
    }
    return seen;
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return look(() -> engine.dedups(keys));
  }

  @Override
  public LogSlice readLog(LogRange range) {
    return look(() -> engine.readLog(range));
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return look(() -> engine.readInbox(inbox, after, limit, maxBytes));
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    return look(() -> engine.records(keys));
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return look(() -> engine.list(partition, space, afterId, limit));
  }

  @Override
  public WalkPage walk(String from, int limit) {
    checkOpen();
    return engine.walk(from, limit);
  }

  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    checkOpen();
    List<Long> floors = new ArrayList<>(trims.size());
    trims.forEach(trim -> floors.add(trimmed(trim, maxRows)));
    return floors;
  }

  private long trimmed(Trim trim, int maxRows) {
    Transactions.Waits waits = transactions.waits();
    for (int attempt = 0; attempt < Transactions.ATTEMPTS; attempt++) {
      Seen<Long> floor = engine.trim(trim, maxRows);
      if (floor.met().isEmpty()) {
        return floor.value();
      }
      floor.met().forEach(met -> transactions.clear(met, waits));
    }
    throw Transactions.busy();
  }

  /**
   * Repairs first: this is the call that comes from time to time, from every node. Where that fails
   * it sweeps all the same, and tells the failure when nothing is left to sweep.
   */
  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    checkOpen();
    @Nullable StoreException unrepaired = null;
    try {
      transactions.repair();
    } catch (StoreException e) {
      unrepaired = e;
    }
    int removed;
    try {
      removed = engine.removeExpiredDedups(nowMillis, limit);
    } catch (StoreException e) {
      if (unrepaired != null) {
        e.addSuppressed(unrepaired);
      }
      throw e;
    }
    if (unrepaired != null && removed < limit) {
      throw unrepaired;
    }
    return removed;
  }

  private <T> T look(Supplier<Seen<T>> looks) {
    checkOpen();
    Set<Met> gone = new HashSet<>();
    try {
      for (int attempt = 0; attempt < Transactions.ATTEMPTS; attempt++) {
        Seen<T> seen = looks.get();
        if (transactions.stands(seen.met(), gone)) {
          return seen.value();
        }
      }
    } catch (StoreException e) {
      throw asReader(e);
    }
    throw Transactions.busy();
  }

  /**
   * A reader writes where it helps, and may not know whether it did. To its caller it is all one.
   */
  private static StoreException asReader(StoreException e) {
    return e.effect() == Effect.UNKNOWN
        ? new StoreException(Effect.UNAVAILABLE, "Not read: " + e.getMessage(), e)
        : e;
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new StoreException(Effect.FAULT, "The store is closed", null);
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      engine.close();
    }
  }
}
