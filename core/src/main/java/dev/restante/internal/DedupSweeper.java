package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls.Kind;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Guard;
import dev.restante.storage.RecordWrite;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Removes dedup rows that have expired. Expiry is decided by what the rows say, not by this: a
 * sweep that is late costs space, never correctness, and any number of nodes may sweep at once.
 * That one does it at a time saves the others the work.
 *
 * <p>Each round begins with a commit that notes it, fenced by the {@link Lease}: whoever has lost
 * that does not begin. The removal itself needs no fence, as a row that has expired may be removed
 * by anybody.
 *
 * <p>A sweep that is early takes other nodes' rows too, so it keeps a margin for clocks that
 * differ; and while this node's clock is in doubt it does nothing, and leaves the work to others.
 */
final class DedupSweeper {
  static final String WORK = "sweep";

  /** Rare work needs no closer watch than this; who wants one closer gets the other closer too. */
  private static final int LEASES_IN_INTERVAL = 2;

  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(30);
  private static final Duration MARGIN = Duration.ofMinutes(10);
  private static final int MOST_ROWS = 2_000;

  private final StoreAccess store;
  private final Resources resources;
  private final Lease lease;
  private final ClockWatch clock;
  private final Duration interval;
  private final long node;
  private boolean begun;
  private boolean closed;

  DedupSweeper(
      StoreAccess store, RestanteOptions options, Resources resources, Tally tally, long node) {
    this.store = store;
    this.resources = resources;
    this.clock = new ClockWatch(resources, tally);
    Duration asked = options.leaseDuration().multipliedBy(LEASES_IN_INTERVAL);
    this.interval = asked.compareTo(LONGEST_INTERVAL) < 0 ? asked : LONGEST_INTERVAL;
    this.node = node;
    this.lease = new Lease(WORK, node, store, options, resources, tally, this::believesClock);
  }

  /** Begins to sweep, once; only when the store is open. */
  void start() {
    synchronized (this) {
      if (begun || closed) {
        return;
      }
      begun = true;
    }
    lease.start();
    pause();
  }

  /** Begins no further round, and lets go of the lease. */
  void close() {
    synchronized (this) {
      closed = true;
    }
    lease.letGo();
  }

  /** Waits, no longer than to that moment, until the lease was let go. */
  void awaitClosed(long endNanos) {
    lease.awaitGone(endNanos);
  }

  private synchronized boolean believesClock() {
    return clock.believes();
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void pause() {
    // Nodes that were started together do not sweep together.
    long jitter = resources.random().nextLong(interval.toMillis() / 2);
    resources.timers().schedule(interval.plusMillis(jitter), this::round);
  }

  private void round() {
    if (isClosed()) {
      return;
    }
    Optional<List<Guard>> fence = lease.fence();
    if (fence.isEmpty() || !believesClock()) {
      pause();
      return;
    }
    if (fence.get().isEmpty()) {
      sweep();
    } else {
      note(fence.get());
    }
  }

  /** Notes that a round begins; it does, if this node still has the lease. */
  private void note(List<Guard> fence) {
    long now = resources.clock().millis();
    Commit note =
        new Commit(
            now,
            false,
            List.of(),
            List.of(),
            List.of(),
            List.of(
                RecordWrite.set(
                    Keys.round(WORK), now, RecordCodec.encode(out -> out.writeLong(node)))),
            fence);
    Ends.when(
        store.call(Kind.HOUSEKEEPING, "round", to -> to.commit(note)),
        (outcome, failure) -> {
          if (outcome instanceof CommitOutcome.Committed) {
            sweep();
            return;
          }
          if (outcome instanceof CommitOutcome.Conflict) {
            lease.doubt();
          }
          pause();
        });
  }

  private void sweep() {
    if (lease.fence().isEmpty() || !believesClock()) {
      pause();
      return;
    }
    long now = resources.clock().millis() - MARGIN.toMillis();
    Ends.when(
        store.call(Kind.HOUSEKEEPING, "sweep", from -> from.removeExpiredDedups(now, MOST_ROWS)),
        (removed, failure) -> {
          if (removed != null && removed == MOST_ROWS) {
            sweep();
          } else {
            pause();
          }
        });
  }
}
