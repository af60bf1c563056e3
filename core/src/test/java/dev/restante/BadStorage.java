package dev.restante;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/** A store that can be unplugged, held up, and made to dislike data. */
final class BadStorage implements Storage {
  private final Storage inner;

  /** Every call fails as unreachable. */
  volatile boolean unplugged;

  /** The next commit is applied, and its answer lost. */
  volatile boolean losesAnswer;

  /** Commits that are refused as data that the store cannot hold. */
  volatile Predicate<Commit> refuses = commit -> false;

  /** Commits take a permit each. */
  final Semaphore commits = new Semaphore(Integer.MAX_VALUE);

  /** Reads of logs and records take a permit each. */
  final Semaphore reads = new Semaphore(Integer.MAX_VALUE);

  volatile int largestCommit;

  BadStorage(Storage inner) {
    this.inner = inner;
  }

  @Override
  public String description() {
    return "bad " + inner.description();
  }

  @Override
  public Store open(StoreContext context) {
    plug();
    return new BadStore(inner.open(context));
  }

  private void plug() {
    if (unplugged) {
      throw new StoreException(StoreException.Effect.UNAVAILABLE, "unplugged", null);
    }
  }

  private void holdRead() {
    reads.acquireUninterruptibly();
    reads.release();
    plug();
  }

  private final class BadStore implements Store {
    private final Store store;

    BadStore(Store store) {
      this.store = store;
    }

    @Override
    public StoreInfo info() {
      return store.info();
    }

    @Override
    public CommitOutcome commit(Commit commit) {
      commits.acquireUninterruptibly();
      commits.release();
      plug();
      largestCommit = Math.max(largestCommit, commit.dedups().size());
      if (refuses.test(commit)) {
        return new CommitOutcome.Refused("this store does not like it");
      }
      CommitOutcome outcome = store.commit(commit);
      if (losesAnswer) {
        losesAnswer = false;
        throw new StoreException(StoreException.Effect.UNKNOWN, "the answer was lost", null);
      }
      return outcome;
    }

    @Override
    public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
      plug();
      return store.commitLocked(streams, plan);
    }

    @Override
    public List<StreamHead> heads(List<StreamKey> streams) {
      plug();
      return store.heads(streams);
    }

    @Override
    public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
      plug();
      return store.dedups(keys);
    }

    @Override
    public LogSlice readLog(LogRange range) {
      holdRead();
      return store.readLog(range);
    }

    @Override
    public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
      plug();
      return store.readInbox(inbox, after, limit, maxBytes);
    }

    @Override
    public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
      holdRead();
      return store.records(keys);
    }

    @Override
    public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
      plug();
      return store.list(partition, space, afterId, limit);
    }

    @Override
    public List<Long> trim(List<Trim> trims, int maxRows) {
      plug();
      return store.trim(trims, maxRows);
    }

    @Override
    public int removeExpiredDedups(long nowMillis, int limit) {
      plug();
      return store.removeExpiredDedups(nowMillis, limit);
    }

    @Override
    public void close() {
      store.close();
    }
  }
}
