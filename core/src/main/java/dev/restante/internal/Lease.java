package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls.Kind;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Guard;
import dev.restante.storage.RecordKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A kind of background work that one node at a time does.
 *
 * <p><b>Who does it</b> is a record that changes by compare-and-set only: its holder renews it, and
 * lets go of it when the node closes. No clock of another node is believed. A node takes over what
 * it has seen unchanged for the whole {@link RestanteOptions#leaseDuration()}, by its own clock
 * that never goes back. A holder stops when as much has passed since it sent its last renewal,
 * which is earlier. So two nodes agree on who works as long as their clocks go about equally fast,
 * and this record is not lost; it may be in a store of its own that loses writes.
 *
 * <p><b>What decides is the fence</b>, another record, in the store where the work is done. A node
 * that stood still believes for a moment that it still holds the lease, whatever is done with
 * clocks; a commit that it sent before may land after any time; and of a lease that was lost there
 * may be two holders. So what must not be done by two is a commit with the guards of {@link
 * #fence()}, on the fence's present version. Whoever gets the lease changes that first, by an
 * exclusive commit: nothing that is guarded on the version before becomes visible any more. A
 * renewal leaves it alone.
 *
 * <p><b>Of two who both believe that they hold it</b> the one whom the record names goes on: the
 * other one's next renewal is a conflict, and then it stops. As long as it does not know, its
 * commits write nothing, or those of the right one do, if it was the last to change the fence; the
 * right one then changes it again, with its next renewal ({@link #doubt()}). Nobody changes the
 * fence but after a write of the lease that succeeded, so the wrong one does it no more. Only where
 * the store of the leases is itself split in two do they take it from each other as long as that
 * lasts; what is written is of the one who was last.
 *
 * <p>On a store that is not shared there is nobody to agree with: the lease is held and the fence
 * is empty.
 *
 * <p>Safe for use by many threads. The lock is held during no call.
 */
final class Lease {
  private static final Logger log = LoggerFactory.getLogger(Lease.class);

  /** The lease is looked after three to four times in its duration. */
  private static final int LONGEST_PART = 4;

  private static final int JITTER_PART = 12;

  /** How often to look, while closing, whether the lease was let go. */
  private static final long LONGEST_WAIT_MILLIS = 20;

  private final String work;
  private final RecordKey key;
  private final RecordKey fenceKey;
  private final long node;
  private final StoreAccess store;
  private final Resources resources;
  private final Tally tally;
  private final BooleanSupplier able;
  private final Duration duration;

  // Guarded by this:
  private boolean begun;
  private boolean alone;
  private boolean busy;
  private boolean closed;

  /** What this node has, as far as it knows. */
  private @Nullable LeaseRecord mine;

  private long mineUntilNanos;

  /** The fence that this node put up; 0 if it has not, or it may be another one's by now. */
  private long fence;

  /** The version that was seen last, and since when. */
  private long seen = -1;

  private long seenSinceNanos;

  /**
   * @param work its name, 1 to 600 bytes
   * @param node this node's number, never {@link LeaseRecord#NOBODY}
   * @param able whether this node may do the work at the moment; otherwise it lets go and leaves it
   *     to others. Asked by one thread at a time
   */
  Lease(
      String work,
      long node,
      StoreAccess store,
      RestanteOptions options,
      Resources resources,
      Tally tally,
      BooleanSupplier able) {
    this.work = work;
    this.key = Keys.lease(work);
    this.fenceKey = Keys.fence(work);
    this.node = node;
    this.store = store;
    this.resources = resources;
    this.tally = tally;
    this.able = able;
    this.duration = options.leaseDuration();
  }

  /** Begins to strive for it, once; only when the store is open. */
  void start() {
    synchronized (this) {
      if (begun || closed) {
        return;
      }
      begun = true;
      alone = !store.shared();
      if (alone) {
        return;
      }
    }
    beat();
  }

  /**
   * What a commit has to be guarded on that only the holder may make; empty if this node does not
   * hold the lease. For one commit: the next one asks again.
   */
  synchronized Optional<List<Guard>> fence() {
    if (closed || !begun) {
      return Optional.empty();
    }
    if (alone) {
      return Optional.of(List.of());
    }
    return mine == null || fence == 0 || isOver()
        ? Optional.empty()
        : Optional.of(List.of(new Guard(fenceKey, fence)));
  }

  /**
   * Tells that a commit with the guards of {@link #fence()} was a conflict: somebody else had the
   * lease meanwhile, or believed so, or the store lost writes. If this node still has it the fence
   * is put up anew.
   */
  synchronized void doubt() {
    fence = 0;
  }

  private boolean isOver() {
    return resources.nanoTime().getAsLong() - mineUntilNanos >= 0;
  }

  // ---- a beat -----------------------------------------------------------------------------------

  private void beat() {
    LeaseRecord held;
    synchronized (this) {
      if (busy || closed) {
        return;
      }
      busy = true;
      if (mine != null && isOver()) {
        lose();
      }
      held = mine;
    }
    boolean strives = able.getAsBoolean();
    if (held != null) {
      write(held, strives ? node : LeaseRecord.NOBODY);
    } else if (strives) {
      look();
    } else {
      pause();
    }
  }

  private void pause() {
    synchronized (this) {
      busy = false;
      notifyAll();
      if (closed) {
        return;
      }
    }
    // Nodes that were started together do not look together.
    long spread = resources.random().nextLong(duration.toNanos() / JITTER_PART);
    resources.timers().schedule(duration.dividedBy(LONGEST_PART).plusNanos(spread), this::beat);
  }

  private void look() {
    long sent = resources.nanoTime().getAsLong();
    Ends.when(
        store.call(Kind.READ, "lease", from -> LeaseRecord.of(from.records(List.of(key)).get(key))),
        (record, failure) -> {
          if (record != null && isToBeTaken(record, sent)) {
            write(record, node);
          } else if (record != null && isLeftOver(record)) {
            write(record, LeaseRecord.NOBODY);
          } else {
            pause();
          }
        });
  }

  private synchronized boolean isToBeTaken(LeaseRecord record, long sentNanos) {
    if (mine != null && record.holder() != node) {
      lose();
    }
    if (record.version() != seen) {
      seen = record.version();
      // From the answer, not from the question: it may be younger than that.
      seenSinceNanos = resources.nanoTime().getAsLong();
      return !closed && (record.isFree() || record.holder() == node);
    }
    // To the question, not to the answer: it may have changed since.
    boolean over = sentNanos - seenSinceNanos >= duration.toNanos();
    return !closed && (over || record.isFree() || record.holder() == node);
  }

  /** A renewal landed of which nothing was heard, and this node closed since. */
  private synchronized boolean isLeftOver(LeaseRecord record) {
    return closed && record.holder() == node;
  }

  private void lose() {
    mine = null;
    fence = 0;
    tally.leases.decrement();
    tally.leasesLost.increment();
    log.warn("This node, {}, has not the lease of {} any more", name(node), work);
  }

  private void write(LeaseRecord before, long holder) {
    LeaseRecord next = before.next(holder, resources.random());
    long until = next.isFree() ? 0 : resources.nanoTime().getAsLong() + duration.toNanos();
    Commit commit =
        Commit.ofRecords(resources.clock().millis(), List.of(next.inPlaceOf(before, key)));
    Ends.when(
        store.call(Kind.HOUSEKEEPING, "lease", to -> to.commit(commit)),
        (outcome, failure) -> written(before, next, until, outcome));
  }

  private void written(
      LeaseRecord before, LeaseRecord next, long untilNanos, @Nullable CommitOutcome outcome) {
    boolean committed = outcome instanceof CommitOutcome.Committed;
    boolean lookAgain;
    boolean letGo;
    boolean unfenced;
    synchronized (this) {
      if (committed) {
        changed(before, next, untilNanos);
      }
      letGo = closed && committed && !next.isFree();
      // Another node has it, or an earlier renewal landed of which the answer was lost.
      lookAgain = !closed && mine != null && outcome instanceof CommitOutcome.Conflict;
      unfenced = !closed && committed && mine != null && fence == 0;
    }
    if (letGo) {
      write(next, LeaseRecord.NOBODY);
    } else if (lookAgain) {
      look();
    } else if (unfenced) {
      putUpFence();
    } else {
      pause();
    }
  }

  /** Puts up a fence of this node's in the place of whatever is there, while it has the lease. */
  private void putUpFence() {
    Ends.when(
        store.call(
            Kind.READ,
            "fence",
            from -> LeaseRecord.of(from.records(List.of(fenceKey)).get(fenceKey))),
        (before, failure) -> {
          if (before == null) {
            letGoOrPause();
          } else {
            putUpFence(before);
          }
        });
  }

  private void putUpFence(LeaseRecord before) {
    LeaseRecord next = before.next(node, resources.random());
    // Exclusive, as other commits are guarded on it.
    Commit commit =
        new Commit(
            resources.clock().millis(),
            true,
            List.of(),
            List.of(),
            List.of(),
            List.of(next.inPlaceOf(before, fenceKey)),
            List.of());
    Ends.when(
        store.call(Kind.HOUSEKEEPING, "fence", to -> to.commit(commit)),
        (outcome, failure) -> {
          if (outcome instanceof CommitOutcome.Committed) {
            fenced(next.version());
          }
          // If not: another node was at it, or nothing was heard. With the next renewal, then.
          letGoOrPause();
        });
  }

  /** It may have been closed meanwhile. */
  private void letGoOrPause() {
    LeaseRecord left;
    synchronized (this) {
      left = closed ? mine : null;
    }
    if (left == null) {
      pause();
    } else {
      write(left, LeaseRecord.NOBODY);
    }
  }

  private synchronized void fenced(long version) {
    if (mine != null && !closed) {
      fence = version;
    }
  }

  private void changed(LeaseRecord before, LeaseRecord next, long untilNanos) {
    boolean had = mine != null;
    mine = next.isFree() ? null : next;
    mineUntilNanos = untilNanos;
    if (mine == null) {
      fence = 0;
    }
    if (had == (mine != null)) {
      return;
    }
    tally.leases.add(had ? -1 : 1);
    if (had) {
      log.info("This node, {}, lets go of the lease of {}", name(node), work);
    } else if (before.isFree() || before.holder() == node) {
      log.info("This node, {}, has the lease of {}", name(node), work);
    } else {
      tally.leasesTakenOver.increment();
      log.warn(
          "This node, {}, takes over the lease of {}: nothing was heard of {} for {}",
          name(node),
          work,
          name(before.holder()),
          duration);
    }
  }

  private static String name(long node) {
    return Long.toHexString(node);
  }

  // ---- closing ----------------------------------------------------------------------------------

  /** Begins to let go of it. From now on there is no fence. */
  void letGo() {
    LeaseRecord held;
    synchronized (this) {
      closed = true;
      held = busy ? null : mine;
      busy |= held != null;
    }
    if (held != null) {
      write(held, LeaseRecord.NOBODY);
    }
  }

  /** Waits until it was let go, no longer than to that moment, nor while the store is away. */
  synchronized void awaitGone(long endNanos) {
    try {
      while (busy && store.isUp()) {
        long left = endNanos - resources.nanoTime().getAsLong();
        if (left <= 0) {
          return;
        }
        wait(Math.max(1, Math.min(LONGEST_WAIT_MILLIS, left / 1_000_000)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
