package dev.restante.storage.redis;

import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.Trim;

/** {@code trim.lua}: removes the oldest rows of a stream and raises its floor. */
final class TrimScript {
  /** Rows, and holes between them, that one script removes; more of them go by turns. */
  static final int ENOUGH_ROWS = 2000;

  private final Calls server;
  private final Keys keys;

  TrimScript(Calls server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  /**
   * What one script did.
   *
   * @param floor the floor afterwards
   * @param removed how many rows went
   * @param again whether there is more to do
   */
  record Turn(long floor, int removed, boolean again) {
    static Turn of(Answer answer) {
      return new Turn(answer.number(), (int) answer.number(), answer.number() != 0);
    }
  }

  /** The floor afterwards. */
  long run(Trim trim, int maxRows) {
    int left = maxRows;
    while (true) {
      Turn turn = Turn.of(new Answer(server.call(call(keys, trim, left))));
      left -= turn.removed();
      if (!turn.again()) {
        return turn.floor();
      }
    }
  }

  static Call call(Keys keys, Trim trim, int maxRows) {
    Call call = new Call(Script.TRIM).key(keys.stream(trim.stream()));
    if (trim.stream().kind() == Kind.INBOX) {
      call.key(keys.compaction(trim.stream()));
    }
    return call.bound(trim.through()).number(maxRows).number(ENOUGH_ROWS);
  }
}
