package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.StoreCalls.Kind;
import java.time.Duration;

/**
 * Removes dedup rows that have expired. Expiry is decided by what the rows say, not by this: a
 * sweep that is late costs space, never correctness, and any number of nodes may sweep at once.
 */
final class DedupSweeper {
  private static final Duration INTERVAL = Duration.ofSeconds(30);
  private static final int MOST_ROWS = 2_000;

  private final StoreAccess store;
  private final Resources resources;
  private boolean begun;
  private boolean closed;

  DedupSweeper(StoreAccess store, Resources resources) {
    this.store = store;
    this.resources = resources;
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
    synchronized (this) {
      if (closed) {
        return;
      }
    }
    long now = resources.clock().millis();
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
