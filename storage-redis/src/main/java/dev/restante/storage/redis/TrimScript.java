package dev.restante.storage.redis;

import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.Trim;

/** {@code trim.lua}: removes the oldest rows of a stream and raises its floor. */
final class TrimScript {
  /** Rows, and holes between them, that one script removes; more of them go by turns. */
  static final int ENOUGH_ROWS = 2000;

  private final Server server;
  private final Keys keys;

  TrimScript(Server server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  /** The floor afterwards. */
  long run(Trim trim, int maxRows) {
    int left = maxRows;
    while (true) {
      Call call = new Call(Script.TRIM).key(keys.stream(trim.stream()));
      if (trim.stream().kind() == Kind.INBOX) {
        call.key(keys.compaction(trim.stream()));
      }
      call.bound(trim.through()).number(left).number(ENOUGH_ROWS);
      Answer answer = new Answer(server.call(call));
      long floor = answer.number();
      left -= (int) answer.number();
      if (answer.number() == 0) {
        return floor;
      }
    }
  }
}
