package dev.restante.storage.redis;

import dev.restante.storage.Durability;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.time.Duration;

/** Whether a commit waits for replicas, and for how many of them how long. */
record Waiting(int replicas, Duration patience) {
  static final Waiting NONE = new Waiting(0, Duration.ZERO);

  boolean isOn() {
    return replicas > 0;
  }

  void refuseIfLongerThanHalf(Duration call) {
    if (patience.compareTo(call.dividedBy(2)) > 0) {
      throw new StoreException(
          Effect.FAULT,
          "Commits may wait %s for replicas, and a call takes %s: it must be half of that at most"
              .formatted(patience, call),
          null);
    }
  }

  /** What a server promises, with what the wait adds to it. */
  Durability promise(Durability ofServer) {
    return isOn() && ofServer == Durability.LOCAL ? Durability.REPLICA : ofServer;
  }

  /** Looks whether enough replicas have it. */
  void check(long have, Calls.Durable what) {
    if (have < replicas) {
      throw new StoreException(
          what == Calls.Durable.WRITTEN ? Effect.UNKNOWN : Effect.UNAVAILABLE,
          "%d of %d replicas have it after %s".formatted(have, replicas, patience),
          null);
    }
  }
}
