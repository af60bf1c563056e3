package dev.restante.internal;

import static dev.restante.storage.StoreException.Effect.FAULT;
import static dev.restante.storage.StoreException.Effect.TRANSIENT;

import dev.restante.storage.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Before a store that may be away while the node goes on without it: as long as it does not answer,
 * one call at a time finds out whether it is back, and the others are answered {@code TRANSIENT} at
 * once, so that they do not take the node's threads.
 *
 * <p>A store does not answer if a call came to nothing, or took half of its time-out to fail: some
 * say of a statement that took too long that it may be repeated at once. After a failure it is left
 * alone for as long as that took, a time-out at most, so it has half of a thread or little more.
 *
 * <p>It does not answer either while a call is in it that should have ended. Nobody follows that
 * one until the node's own deadline is over; then the next one tries. So a store that keeps no
 * time-out takes a thread now and then, besides those that were in it when it began, and one call
 * that never ends does not cut it off for ever.
 *
 * <p>Safe for use by many threads. The lock is held during no call.
 */
final class Breaker {
  private static final Logger log = LoggerFactory.getLogger(Breaker.class);

  /** The node's deadline, in time-outs of this store; see {@link ComposedStorage}. */
  private static final int TIMEOUTS_UNTIL_GIVEN_UP = 6;

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);

  private final String what;
  private final long timeoutNanos;
  private final LongSupplier nanoTime;

  // Guarded by this:
  private final Deque<Call> inside = new ArrayDeque<>();
  private boolean away;
  private long awayUntilNanos;

  /** Compared by identity: two may begin in one moment. */
  private static final class Call {
    final long beganNanos;

    Call(long beganNanos) {
      this.beganNanos = beganNanos;
    }
  }

  /**
   * @param what the store, for messages
   * @param timeout how long a call to it may take, as it was told
   */
  Breaker(String what, Duration timeout, LongSupplier nanoTime) {
    this.what = what;
    this.timeoutNanos = timeout.toNanos();
    this.nanoTime = nanoTime;
  }

  /**
   * Calls the store, if it may be called now. It must be safe to repeat the call.
   *
   * @throws StoreException with {@code FAULT} as it came, or else {@code TRANSIENT}
   */
  <T> T call(Supplier<T> body) {
    Call call = enter();
    boolean answered = true;
    try {
      return body.get();
    } catch (StoreException e) {
      answered = e.effect() == FAULT || (e.effect() == TRANSIENT && !isSlow(call));
      throw e.effect() == FAULT
          ? e
          : new StoreException(TRANSIENT, what + ": " + e.getMessage(), e);
    } finally {
      leave(call, answered);
    }
  }

  private Call enter() {
    Call call = null;
    boolean noticed;
    synchronized (this) {
      long now = nanoTime.getAsLong();
      noticed = isLate(now) && !away;
      away |= noticed;
      if (!away || (inside.isEmpty() && now - awayUntilNanos >= 0)) {
        call = new Call(now);
        inside.addLast(call);
      }
    }
    if (noticed) {
      tell(false);
    }
    if (call == null) {
      throw new StoreException(TRANSIENT, what + " does not answer", null);
    }
    return call;
  }

  /** Whether a call is in it that should have ended. Forgets those that were given up since. */
  private boolean isLate(long now) {
    boolean late = false;
    Call oldest = inside.peekFirst();
    while (oldest != null && now - oldest.beganNanos > timeoutNanos) {
      late = true;
      if (now - oldest.beganNanos <= timeoutNanos * TIMEOUTS_UNTIL_GIVEN_UP) {
        return true;
      }
      inside.removeFirst();
      awayUntilNanos = now;
      oldest = inside.peekFirst();
    }
    return late;
  }

  private boolean isSlow(Call call) {
    return nanoTime.getAsLong() - call.beganNanos >= timeoutNanos / 2;
  }

  private void leave(Call call, boolean answered) {
    boolean changed;
    synchronized (this) {
      if (!inside.remove(call)) {
        return; // given up long ago: others have found out since
      }
      changed = away == answered;
      away = !answered;
      if (away) {
        long now = nanoTime.getAsLong();
        long took = Math.min(timeoutNanos, now - call.beganNanos);
        awayUntilNanos = now + Math.max(SHORTEST_PAUSE.toNanos(), took);
      }
    }
    if (changed) {
      tell(answered);
    }
  }

  /** The node's health says nothing of this store. */
  private void tell(boolean answers) {
    log.warn(answers ? "{} answers again" : "{} does not answer", what);
  }
}
