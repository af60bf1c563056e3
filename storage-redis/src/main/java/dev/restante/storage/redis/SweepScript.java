package dev.restante.storage.redis;

/** {@code sweep.lua}: removes expired dedup rows. */
final class SweepScript {
  private static final int ENOUGH_ROWS = 1000;
  private static final int ENOUGH_LOGS = 200;

  private final Server server;
  private final Keys keys;

  SweepScript(Server server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  /** How many were removed. */
  int run(long nowMillis, int limit) {
    int removed = 0;
    boolean again = true;
    while (again && removed < limit) {
      Call call = new Call(Script.SWEEP).key(keys.sweepIndex());
      call.number(Math.min(nowMillis, Bytes.EXACT - 1));
      call.number(Math.min(limit - removed, ENOUGH_ROWS)).number(ENOUGH_LOGS);
      call.argument(keys.dedupsStart()).argument(keys.expiriesStart()).argument(keys.end());
      Answer answer = new Answer(server.call(call));
      removed += (int) answer.number();
      again = answer.number() > 0;
    }
    return removed;
  }
}
