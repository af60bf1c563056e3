package dev.restante.storage.redis;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import org.jspecify.annotations.Nullable;

/** {@code sweep.lua}: removes expired dedup rows of one hash. */
final class SweepScript {
  /** So many go in one turn at most: Redis does nothing else meanwhile, nor unpacks more. */
  private static final int MOST_IN_A_TURN = 1_000;

  private final Calls server;

  SweepScript(Calls server) {
    this.server = server;
  }

  /**
   * What a sweep came to.
   *
   * @param removed how many were removed, as far as was answered
   * @param inDoubt how many more may have been, by a turn that nobody knows the outcome of
   * @param failure why it ended before its end, if so
   */
  record Swept(int removed, int inDoubt, @Nullable StoreException failure) {}

  /**
   * Removes at most so many; whatever fails on the way, what was removed before is not forgotten.
   */
  Swept run(byte[] submits, byte[] expiries, long nowMillis, int limit) {
    int removed = 0;
    long left = 0;
    boolean again = true;
    while (again && removed < limit) {
      int most = Math.min(limit - removed, MOST_IN_A_TURN);
      Call call = new Call(Script.SWEEP).key(submits).key(expiries);
      call.number(latest(nowMillis)).argument(Bytes.fixed(nowMillis));
      call.number(most).number(left);
      Answer answer;
      try {
        answer = new Answer(server.call(call));
      } catch (StoreException e) {
        return new Swept(removed, e.effect() == Effect.UNKNOWN ? most : 0, e);
      }
      removed += (int) answer.number();
      again = answer.number() > 0;
      left = answer.number();
    }
    return new Swept(removed, 0, null);
  }

  /** As much of now as a script's own numbers hold. What expires later is never swept. */
  static long latest(long nowMillis) {
    return Math.min(nowMillis, Bytes.EXACT - 1);
  }
}
