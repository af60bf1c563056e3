package dev.restante.storage.redis;

/** {@code sweep.lua}: removes expired dedup rows. */
final class SweepScript {
  private final Server server;
  private final Keys keys;

  SweepScript(Server server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  /** How many were removed. */
  int run(long nowMillis, int limit) {
    int removed = 0;
    long left = 0;
    boolean again = true;
    while (again && removed < limit) {
      Call call = new Call(Script.SWEEP).key(keys.submits()).key(keys.expiries());
      call.number(Math.min(nowMillis, Bytes.EXACT - 1)).argument(Bytes.fixed(nowMillis));
      call.number(limit - removed).number(left);
      Answer answer = new Answer(server.call(call));
      removed += (int) answer.number();
      again = answer.number() > 0;
      left = answer.number();
    }
    return removed;
  }
}
