package dev.restante.storage.redis;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Lets so many calls in at once; more of them wait, in their order, for so long at most. */
final class Turnstile {
  private final Semaphore free;
  private final Duration patience;

  Turnstile(int calls, Duration patience) {
    this.free = new Semaphore(calls, true);
    this.patience = patience;
  }

  <T> T pass(Supplier<T> work) {
    acquire();
    try {
      return work.get();
    } finally {
      free.release();
    }
  }

  private void acquire() {
    try {
      if (free.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Effect.UNAVAILABLE, "Interrupted before a connection was free", e);
    }
    throw new StoreException(Effect.UNAVAILABLE, "No connection was free in time", null);
  }
}
