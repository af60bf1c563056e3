package dev.restante;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.MessageCacheCounts;
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
import dev.restante.storage.WalkPage;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A store that can be unplugged, held up, made to dislike data, and taken back. */
final class BadStorage implements Storage {
  /** What each store says of the messages that it remembers. */
  static final MessageCacheCounts MESSAGES = new MessageCacheCounts(3, 5);

  private final Storage inner;

  /** Every commit that was written, in the order of writing. */
  final List<Commit> written = new CopyOnWriteArrayList<>();

  /** What the store holds after it was taken back. */
  private volatile @Nullable Store earlier;

  private final AtomicInteger opened = new AtomicInteger();

  /** Every call fails as unreachable. */
  volatile boolean unplugged;

  /** Reads of dedup rows fail as unreachable. */
  volatile boolean dedupsUnplugged;

  /** The next commit is applied, and its answer lost. */
  volatile boolean losesAnswer;

  /** The next locked commit fails, and lands after the next look for dedup rows. */
  volatile boolean landsLater;

  private volatile @Nullable Runnable landing;

  /** Commits that are refused as data that the store cannot hold. */
  volatile Predicate<Commit> refuses = commit -> false;

  /** How many of the next commits that append end as a conflict of which nobody says why. */
  final AtomicInteger vagueConflicts = new AtomicInteger();

  /** Happens once, after a locked commit was planned; that one ends as a conflict then. */
  volatile @Nullable Runnable insteadOfLocked;

  /** Says of locked commits that others had to be waited for. */
  volatile boolean contended;

  /** How often a locked commit is planned for nothing, as if others always came first. */
  volatile int plansInVain;

  /** Commits take a permit each. */
  final Semaphore commits = new Semaphore(Integer.MAX_VALUE);

  /** Reads of logs and records take a permit each. */
  final Semaphore reads = new Semaphore(Integer.MAX_VALUE);

  /** Whether calls that get no permit fail when their time is over, instead of going on to wait. */
  volatile boolean keepsTimeout;

  private volatile Duration timeout = Duration.ZERO;

  volatile int largestCommit;

  /** Happens inside the next commit, before it is written, as while it waits for a connection. */
  volatile @Nullable Runnable inCommit;

  /** Happens once, after records were listed and before anything else is read. */
  volatile @Nullable Runnable afterList;

  /** Up to when dedup rows were removed, in milliseconds since 1970, sweep after sweep. */
  final List<Long> sweeps = new CopyOnWriteArrayList<>();

  /** The most rows that a commit may have; 0 for what the inner store says. */
  volatile int maxCommitRows;

  /** Says that other nodes may use it too, as the inner store does, or that none may. */
  volatile boolean alone;

  /** How many commits had more. */
  final AtomicInteger tooLargeCommits = new AtomicInteger();

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
    opened.incrementAndGet();
    timeout = context.callTimeout();
    return new BadStore(inner.open(context));
  }

  /** How many times it was opened. */
  int opened() {
    return opened.get();
  }

  /** Loses the last commits, as a failover to a replica that lags. */
  void lose(int commits) {
    Store replica = MemoryStorage.create().open(new StoreContext(Duration.ofMinutes(1)));
    written.subList(written.size() - commits, written.size()).clear();
    written.forEach(replica::commit);
    earlier = replica;
  }

  private static int rows(Commit commit) {
    return commit.logs().stream().mapToInt(append -> append.rows().size()).sum()
        + commit.inboxes().stream().mapToInt(append -> append.rows().size()).sum()
        + commit.dedups().size()
        + commit.records().size();
  }

  private void plug() {
    if (unplugged) {
      throw new StoreException(StoreException.Effect.UNAVAILABLE, "unplugged", null);
    }
  }

  private void holdRead() {
    hold(reads, StoreException.Effect.UNAVAILABLE);
    plug();
  }

  private void hold(Semaphore permits, StoreException.Effect late) {
    if (!keepsTimeout) {
      permits.acquireUninterruptibly();
    } else if (!Uninterruptibles.tryAcquireUninterruptibly(permits, timeout)) {
      throw new StoreException(late, "no answer within " + timeout, null);
    }
    permits.release();
  }

  private final class BadStore implements Store {
    private final Store first;

    BadStore(Store first) {
      this.first = first;
    }

    private Store store() {
      Store replica = earlier;
      return replica == null ? first : replica;
    }

    @Override
    public StoreInfo info() {
      StoreInfo info = first.info();
      return new StoreInfo(
          info.name(),
          info.durability(),
          info.shared() && !alone,
          info.locking(),
          info.moving(),
          info.maxPayloadBytes(),
          maxCommitRows == 0 ? info.maxCommitRows() : maxCommitRows);
    }

    @Override
    public CommitOutcome commit(Commit commit) {
      hold(commits, StoreException.Effect.UNKNOWN);
      plug();
      Runnable meanwhile = inCommit;
      if (meanwhile != null) {
        inCommit = null;
        meanwhile.run();
      }
      largestCommit = Math.max(largestCommit, commit.dedups().size());
      if (rows(commit) > info().maxCommitRows()) {
        tooLargeCommits.incrementAndGet();
        return new CommitOutcome.Refused(rows(commit) + " rows, the limit is " + maxCommitRows);
      }
      if (refuses.test(commit)) {
        return new CommitOutcome.Refused("this store does not like it");
      }
      if (!commit.logs().isEmpty() && vagueConflicts.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        return new CommitOutcome.Conflict(CommitOutcome.Cause.UNSPECIFIED);
      }
      CommitOutcome outcome = store().commit(commit);
      if (outcome instanceof CommitOutcome.Committed) {
        written.add(commit);
      }
      if (losesAnswer) {
        losesAnswer = false;
        throw new StoreException(StoreException.Effect.UNKNOWN, "the answer was lost", null);
      }
      return outcome;
    }

    @Override
    public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
      plug();
      if (landsLater) {
        landsLater = false;
        landing = () -> lock(streams, plan);
        throw new StoreException(StoreException.Effect.UNKNOWN, "it takes long", null);
      }
      Runnable meanwhile = insteadOfLocked;
      if (meanwhile != null) {
        insteadOfLocked = null;
        CommitOutcome conflict =
            store()
                .commitLocked(
                    streams,
                    heads -> {
                      plan.plan(heads);
                      return Optional.empty();
                    });
        meanwhile.run();
        return conflict;
      }
      CommitOutcome outcome = lock(streams, plan);
      return outcome instanceof CommitOutcome.Committed
          ? new CommitOutcome.Committed(contended)
          : outcome;
    }

    private CommitOutcome lock(List<StreamKey> streams, LockedPlan plan) {
      return store()
          .commitLocked(
              streams,
              heads -> {
                for (int i = 0; i < plansInVain; i++) {
                  plan.plan(heads);
                }
                Optional<Commit> commit = plan.plan(heads);
                commit.ifPresent(written::add);
                return commit;
              });
    }

    @Override
    public List<StreamHead> heads(List<StreamKey> streams) {
      plug();
      return store().heads(streams);
    }

    @Override
    public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
      plug();
      if (dedupsUnplugged) {
        throw new StoreException(StoreException.Effect.UNAVAILABLE, "unplugged", null);
      }
      Map<DedupKey, DedupRow> found = store().dedups(keys);
      Runnable late = landing;
      landing = null;
      if (late != null) {
        late.run();
      }
      return found;
    }

    @Override
    public LogSlice readLog(LogRange range) {
      holdRead();
      return store().readLog(range);
    }

    @Override
    public MessageCacheCounts messageCache() {
      return MESSAGES;
    }

    @Override
    public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
      plug();
      return store().readInbox(inbox, after, limit, maxBytes);
    }

    @Override
    public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
      holdRead();
      return store().records(keys);
    }

    @Override
    public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
      plug();
      List<StoredRecord> found = store().list(partition, space, afterId, limit);
      Runnable next = afterList;
      afterList = null;
      if (next != null) {
        next.run();
      }
      return found;
    }

    @Override
    public List<Long> trim(List<Trim> trims, int maxRows) {
      plug();
      return store().trim(trims, maxRows);
    }

    @Override
    public int removeExpiredDedups(long nowMillis, int limit) {
      plug();
      sweeps.add(nowMillis);
      return store().removeExpiredDedups(nowMillis, limit);
    }

    @Override
    public WalkPage walk(String from, int limit) {
      plug();
      return store().walk(from, limit);
    }

    @Override
    public void close() {
      first.close();
    }
  }
}
