package dev.restante.internal;

import org.jspecify.annotations.Nullable;

/**
 * What one session submits to one conversation, in order. After a refusal for a passing reason the
 * lane is broken, and lets nothing through until the client begins again with the draft that it
 * named: otherwise a later message, already on its way, could be accepted before the one that the
 * client is going to repeat. Written under the committer's lock.
 */
final class Lane {
  private volatile boolean broken;

  /** The draft that mends it. */
  private @Nullable String beginsWith;

  /** How many submits have not ended. Guarded by the session. */
  int busy;

  boolean isBroken() {
    return broken;
  }

  void breakOff() {
    broken = true;
    beginsWith = null;
  }

  void mendAt(String clientId) {
    if (broken) {
      beginsWith = clientId;
    }
  }

  /** Whether a draft may go through. */
  boolean admits(String clientId) {
    if (broken && clientId.equals(beginsWith)) {
      broken = false;
      beginsWith = null;
    }
    return !broken;
  }

  /** A draft on its way through a lane. */
  record Turn(Lane lane, String clientId) {
    boolean isAdmitted() {
      return lane.admits(clientId);
    }
  }
}
