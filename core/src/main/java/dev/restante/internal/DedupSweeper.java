package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.StoreCalls.Kind;
import java.time.Duration;

/**
 * Removes dedup rows that have expired. Expiry is decided by what the rows say, not by this: a
 * sweep that is late costs space, never correctness, and any number of nodes may sweep at once.
 *
 * <p>A sweep that is early takes other nodes' rows too, so it keeps a margin for clocks that
 * differ, and does nothing while this node's clock is in doubt.
 */
final class DedupSweeper {
  private static final Duration INTERVAL = Duration.ofSeconds(30);
  private static final Duration MARGIN = Duration.ofMinutes(10);
  private static final int MOST_ROWS = 2_000;

  private final StoreAccess store;
  private final Resources resources;
  private final ClockWatch clock;
  private boolean begun;
  private boolean closed;

  DedupSweeper(StoreAccess store, Resources resources, Tally tally) {
    this.store = store;
    this.resources = resources;
    this.clock = new ClockWatch(resources, tally);
  }

  /** Begins to sweep, once. */
  void start() {
    synchronized (this) {
      if (begun || closed) {
        return;
      }
      begun = true;
    }
    pause();
  }

  synchronized void close() {
    closed = true;
  }

  private void pause() {
    // Nodes that were started together do not sweep together.
    long jitter = resources.random().nextLong(INTERVAL.toMillis() / 2);
    resources.timers().schedule(INTERVAL.plusMillis(jitter), this::sweep);
  }

  private void sweep() {
    boolean believes;
    synchronized (this) {
      if (closed) {
        return;
      }
      believes = clock.believes();
    }
    if (!believes) {
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
