package dev.restante.simulator;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One node's open store: the adapter's own, seen by the ledger. */
final class RecordingStore implements Store {
  /** What a body contains if the store shall refuse it. */
  static final String UNSTORABLE = "<unstorable>";

  private static final int OUTRUN_EVERY = 3;
  private static final int PLANS_IN_VAIN = 3;

  private static final byte[] MARK = UNSTORABLE.getBytes(StandardCharsets.UTF_8);
  private static final CommitOutcome REFUSED =
      new CommitOutcome.Refused("the payload is of a kind that this store cannot hold");

  private Store store;
  private final Ledger ledger;
  private final int node;
  private int generation;
  private int lockedCommits;

  RecordingStore(Store store, Ledger ledger, int node) {
    this.store = store;
    this.ledger = ledger;
    this.node = node;
    this.generation = ledger.generation();
  }

  @Override
  public StoreInfo info() {
    return store.info();
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    Store open = store();
    if (unstorable(commit)) {
      return REFUSED;
    }
    CommitOutcome outcome = open.commit(commit);
    if (outcome instanceof CommitOutcome.Committed) {
      ledger.committed(commit, node);
    }
    return outcome;
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    // As if others came first: now and then several times, so that some works have to wait.
    boolean isOutrun = ++lockedCommits % OUTRUN_EVERY == 0;
    Planned planned = new Planned(plan, isOutrun ? PLANS_IN_VAIN + node : 0);
    CommitOutcome outcome = store().commitLocked(streams, planned);
    if (planned.refused) {
      return REFUSED;
    }
    Commit commit = planned.commit;
    if (!(outcome instanceof CommitOutcome.Committed)) {
      return outcome;
    }
    if (commit != null) {
      ledger.committed(commit, node);
    }
    // One call is one step here, so nobody is ever waited for: every second node is told he was.
    return new CommitOutcome.Committed(node % 2 == 1);
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    return store().heads(streams);
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return store().dedups(keys);
  }

  @Override
  public LogSlice readLog(LogRange range) {
    LogSlice slice = store().readLog(range);
    ledger.read(range.log(), slice);
    return slice;
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    InboxSlice slice = store().readInbox(inbox, after, limit, maxBytes);
    ledger.read(inbox, after, slice);
    return slice;
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    Map<RecordKey, StoredRecord> records = store().records(keys);
    keys.forEach(key -> ledger.read(key, records.get(key)));
    return records;
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return store().list(partition, space, afterId, limit);
  }

  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    List<Long> floors = store().trim(trims, maxRows);
    ledger.trimmed(trims, maxRows, floors);
    return floors;
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    int removed = store().removeExpiredDedups(nowMillis, limit);
    ledger.removedDedups(nowMillis, limit);
    return removed;
  }

  @Override
  public WalkPage walk(String from, int limit) {
    return store().walk(from, limit);
  }

  @Override
  public void close() {
    store.close();
  }

  private Store store() {
    ledger.called();
    if (generation != ledger.generation()) {
      generation = ledger.generation();
      store = ledger.reopen();
    }
    return store;
  }

  private boolean unstorable(Commit commit) {
    if (!ledger.dataErrors()) {
      return false;
    }
    for (LogAppend append : commit.logs()) {
      for (LogRow row : append.rows()) {
        if (contains(row.payload())) {
          ledger.refused();
          return true;
        }
      }
    }
    return false;
  }

  private static boolean contains(byte[] payload) {
    for (int from = 0; from + MARK.length <= payload.length; from++) {
      int at = 0;
      while (at < MARK.length && payload[from + at] == MARK[at]) {
        at++;
      }
      if (at == MARK.length) {
        return true;
      }
    }
    return false;
  }

  /** Keeps what was planned, and gives up where the store shall refuse it. */
  private final class Planned implements LockedPlan {
    private final LockedPlan plan;
    private final int inVain;
    private @Nullable Commit commit;
    private boolean refused;

    Planned(LockedPlan plan, int inVain) {
      this.plan = plan;
      this.inVain = inVain;
    }

    @Override
    public Optional<Commit> plan(Map<StreamKey, StreamHead> heads) {
      for (int i = 0; i < inVain; i++) {
        plan.plan(heads);
      }
      commit = plan.plan(heads).orElse(null);
      refused = commit != null && unstorable(commit);
      return refused ? Optional.empty() : Optional.ofNullable(commit);
    }
  }
}
