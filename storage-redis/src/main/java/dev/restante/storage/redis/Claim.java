package dev.restante.storage.redis;

import java.security.SecureRandom;
import java.time.Duration;

/**
 * One locked commit's right to be the only one that appends rows, once others came first too often.
 * Of a batch of hundreds of streams there may always be one in which somebody with smaller batches
 * was quicker. While it lasts, appends of everybody else are conflicts before they wrote anything.
 *
 * <p>Nothing depends on it: it ends by itself, is lost in a failover, and heads decide in any case.
 * For one thread.
 */
final class Claim {
  private static final int NAME_BYTES = 16;
  private static final SecureRandom CHANCE = new SecureRandom();

  /** A node that dies with it, or stands still, holds the others up for so long. */
  private static final Duration LONGEST = Duration.ofSeconds(1);

  private static final int IN_A_CALL = 8;

  /** Whoever has none. */
  static final byte[] NONE = {};

  private final Calls server;
  private final Keys keys;
  private final long millis;
  private byte[] name = NONE;
  private boolean held;

  /**
   * @param callTimeout how long one call of the store may take
   */
  Claim(Calls server, Keys keys, Duration callTimeout) {
    this.server = server;
    this.keys = keys;
    long part = Math.max(1, callTimeout.toMillis() / IN_A_CALL);
    this.millis = Math.min(part, LONGEST.toMillis());
  }

  /** Takes it, or has it for longer; in vain while somebody else has it. */
  void take() {
    if (name.length == 0) {
      name = new byte[NAME_BYTES];
      CHANCE.nextBytes(name);
    }
    held = ask(millis);
  }

  /** What a commit shows that is made under it. */
  byte[] name() {
    return name;
  }

  /** Tells that a commit was carried out or refused, which gives it back. */
  void used() {
    held = false;
  }

  /** Gives it back, unless that was done. */
  void giveBack() {
    held = held && ask(0);
  }

  private boolean ask(long forMillis) {
    Call call = new Call(Script.CLAIM).key(keys.claim()).argument(name).number(forMillis);
    return (Long) server.call(call) == 1;
  }
}
