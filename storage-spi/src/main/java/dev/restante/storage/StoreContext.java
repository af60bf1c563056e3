package dev.restante.storage;

import java.time.Duration;

/**
 * What the core tells a store when it opens it.
 *
 * @param callTimeout how long one call may take, statement and lock waits included; a store that
 *     talks to a server enforces it there too, so that a half-dead transaction does not stall every
 *     other node
 */
public record StoreContext(Duration callTimeout) {
  public StoreContext {
    if (callTimeout.isNegative() || callTimeout.isZero()) {
      throw new IllegalArgumentException("callTimeout must be positive, is " + callTimeout);
    }
  }
}
