package dev.restante.internal;

import dev.restante.storage.StreamKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The other nodes that this one hears, and for whom they have sessions. A node of which that is not
 * known, and one beyond {@value #MOST}, may have a session of everybody. So may those that have not
 * been heard yet, as long as it takes them to say something.
 *
 * <p>Guarded by the lock of {@link Hints}.
 */
final class Company {
  static final int MOST = 64;

  /** Each of the others says something twice within that, unless it is lost. */
  static final long FIRST_NANOS = Hints.BEAT.multipliedBy(2).toNanos();

  static final long SILENCE_NANOS = Hints.SILENCE.toNanos();

  private final Map<Long, Other> others = new HashMap<>();

  /** Whether there may be others than these, and until when. */
  private boolean crowd = true;

  private long crowdUntilNanos;

  private static final class Other {
    long heardNanos;
    @Nullable Awaited awaited;
  }

  /** Begins to listen. */
  void begin(long nowNanos) {
    crowdUntilNanos = nowNanos + FIRST_NANOS;
  }

  /** A node said something. */
  void heard(long node, List<Hint> hints, long nowNanos) {
    Other other = others.get(node);
    if (other == null) {
      if (others.size() >= MOST) {
        crowd = true;
        crowdUntilNanos = nowNanos + SILENCE_NANOS;
        return;
      }
      other = new Other();
      others.put(node, other);
    }
    other.heardNanos = nowNanos;
    for (Hint hint : hints) {
      if (hint instanceof Hint.Sessions sessions) {
        other.awaited = sessions.awaited();
      } else if (hint instanceof Hint.Devices devices && other.awaited != null) {
        other.awaited.add(devices.user());
      }
    }
  }

  /** Forgets who was not heard for long. */
  void forgetSilent(long nowNanos) {
    others.values().removeIf(other -> nowNanos - other.heardNanos > SILENCE_NANOS);
    crowd &= nowNanos - crowdUntilNanos < 0;
  }

  /** Whether another node may have a session of the user whose inbox this is. */
  boolean awaits(StreamKey inbox) {
    if (crowd) {
      return true;
    }
    long hash = Awaited.hash(inbox.tenant(), inbox.name());
    for (Other other : others.values()) {
      if (other.awaited == null || other.awaited.mayHave(hash)) {
        return true;
      }
    }
    return false;
  }
}
