package dev.restante.storage.cells;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The pauses of an engine: 1 ms, 2 ms, 4 ms and so on, and never so long that waiting for one
 * transaction takes more than a quarter of a call. For {@link CellEngine#pause}; safe for use by
 * many threads.
 */
public final class Pauses implements AutoCloseable {
  private static final long LONGEST_MILLIS = 100;

  /** So many of the longest kind are the time of a call. */
  static final int IN_A_CALL = 4 * Transactions.PATIENCE;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final long longestMillis;

  /**
   * @param callTimeout how long a call of the store may take, positive
   */
  public Pauses(Duration callTimeout) {
    this.longestMillis = Math.max(1, Math.min(LONGEST_MILLIS, callTimeout.toMillis() / IN_A_CALL));
  }

  /**
   * Waits. Ends early when this is closed, and when the thread is interrupted, which it stays.
   *
   * @param nth how often it was waited for the same before, from 0 on
   */
  public void pause(int nth) {
    try {
      closed.await(Math.min(1L << Math.min(nth, 20), longestMillis), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Nobody waits any more. Harmless when repeated. */
  @Override
  public void close() {
    closed.countDown();
  }
}
