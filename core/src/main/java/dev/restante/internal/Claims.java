package dev.restante.internal;

import dev.restante.Resources;

/**
 * Makes the claims of this node's sessions. A device that reconnects at once may do so while its
 * last session's claim is still on the way to the store; the stamp lets the newer session win.
 *
 * <p>Safe for use by many threads.
 */
final class Claims {
  private final Resources resources;
  private long stamp;

  Claims(Resources resources) {
    this.resources = resources;
  }

  /** A claim above that record, and above every claim that was made here before. */
  synchronized SessionRecord above(SessionRecord before, Standstill stands) {
    long now = resources.clock().millis();
    stamp = Math.max(stamp + 1, now);
    return before.claim(stamp, now, resources.random(), stands);
  }
}
