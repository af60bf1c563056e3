package dev.restante.benchmarks;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many requests of one thread are under way. When the bound is reached, that thread
 * sleeps until half of them are answered, so that it is not woken for every answer.
 *
 * <p>{@link #enter} and {@link #awaitEmpty} belong to one thread, {@link #leave} to any.
 */
public final class Gate {
  private final int limit;
  private final AtomicLong inside = new AtomicLong();
  private volatile @Nullable Thread sleeper;
  private volatile long wakeAt;

  /**
   * @param limit the most requests under way, 1 or more
   */
  public Gate(int limit) {
    this.limit = limit;
  }

  /** Waits for room and takes it. */
  public void enter() {
    if (inside.get() >= limit) {
      await(limit / 2);
    }
    inside.incrementAndGet();
  }

  /** A request was answered. */
  public void leave() {
    long left = inside.decrementAndGet();
    Thread waiting = sleeper;
    if (waiting != null && left <= wakeAt) {
      LockSupport.unpark(waiting);
    }
  }

  /** Waits until every request is answered. */
  public void awaitEmpty() {
    await(0);
  }

  private void await(long level) {
    wakeAt = level;
    sleeper = Thread.currentThread();
    while (inside.get() > level) {
      LockSupport.park(this);
    }
    sleeper = null;
  }
}
