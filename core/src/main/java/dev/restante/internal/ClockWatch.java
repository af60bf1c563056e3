package dev.restante.internal;

import dev.restante.Resources;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the time of day may be believed where something is deleted by it. It may not after it
 * jumped ahead of the clock that cannot be set, until it is back, or has kept its new pace for
 * {@link #BELIEVED_AFTER}: a machine that slept looks the same, and must not stop for ever. A clock
 * that goes back deletes later, which is harmless.
 *
 * <p>Not safe for use by several threads at once.
 */
final class ClockWatch {
  /** The largest difference between clocks that is passed over in silence. */
  static final Duration LARGEST_SKEW = Duration.ofMinutes(1);

  static final Duration BELIEVED_AFTER = Duration.ofHours(1);

  private static final Logger log = LoggerFactory.getLogger(ClockWatch.class);

  private final Resources resources;
  private final Tally tally;

  /** The time of day when the other clock stood at zero, as last believed. */
  private long believed;

  /** The same after a jump, and when that was noticed. */
  private long doubted;

  private long doubtedSinceNanos;
  private boolean inDoubt;

  ClockWatch(Resources resources, Tally tally) {
    this.resources = resources;
    this.tally = tally;
    this.believed = offset(resources.nanoTime().getAsLong());
  }

  private long offset(long nanos) {
    return resources.clock().millis() - nanos / 1_000_000;
  }

  boolean believes() {
    long nanos = resources.nanoTime().getAsLong();
    long offset = offset(nanos);
    boolean waited =
        inDoubt
            && !isAhead(offset, doubted)
            && nanos - doubtedSinceNanos >= BELIEVED_AFTER.toNanos();
    if (!isAhead(offset, believed) || waited) {
      believed = offset;
      inDoubt = false;
      return true;
    }
    if (!inDoubt || isAhead(offset, doubted)) {
      inDoubt = true;
      doubted = offset;
      doubtedSinceNanos = nanos;
      tally.clockSkews.increment();
      log.error(
          "The clock jumped ahead by {}; nothing is swept by it for {}, or until it is right again",
          Duration.ofMillis(offset - believed),
          BELIEVED_AFTER);
    }
    return false;
  }

  private static boolean isAhead(long offset, long of) {
    return offset - of > LARGEST_SKEW.toMillis();
  }
}
