package dev.restante.internal;

import dev.restante.storage.StreamKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The other nodes that this one hears, and for whom they have sessions. A node of which that is not
 * known, and one beyond {@value #MOST}, may have a session of everybody.
 *
 * <p>Guarded by the lock of {@link Hints}.
 */
final class Company {
  static final int MOST = 64;

  private final Map<Long, Other> others = new HashMap<>();

  /** When somebody was heard for whom there was no room. */
  private long crowdNanos;

  private boolean crowd;

  private static final class Other {
    long heardNanos;
    @Nullable Awaited awaited;
  }

  /** A node said something. */
  void heard(long node, List<Hint> hints, long nowNanos) {
    Other other = others.get(node);
    if (other == null) {
      if (others.size() >= MOST) {
        crowd = true;
        crowdNanos = nowNanos;
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

  /** Forgets who was not heard for so long. */
  void forgetSilent(long nowNanos, long nanos) {
    others.values().removeIf(other -> nowNanos - other.heardNanos > nanos);
    crowd &= nowNanos - crowdNanos <= nanos;
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
