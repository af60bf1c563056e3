package dev.restante.storage.redis;

/** {@code sweep.lua}: removes expired dedup rows of one hash. */
final class SweepScript {
  private final Calls server;

  SweepScript(Calls server) {
    this.server = server;
  }

  /** How many were removed. */
  int run(byte[] submits, byte[] expiries, long nowMillis, int limit) {
    int removed = 0;
    long left = 0;
    boolean again = true;
    while (again && removed < limit) {
      Call call = new Call(Script.SWEEP).key(submits).key(expiries);
      call.number(latest(nowMillis)).argument(Bytes.fixed(nowMillis));
      call.number(limit - removed).number(left);
      Answer answer = new Answer(server.call(call));
      removed += (int) answer.number();
      again = answer.number() > 0;
      left = answer.number();
    }
    return removed;
  }

  /** As much of now as a script's own numbers hold. What expires later is never swept. */
  static long latest(long nowMillis) {
    return Math.min(nowMillis, Bytes.EXACT - 1);
  }
}
