package dev.restante.storage.redis;

import dev.restante.storage.StoreException;
import java.security.SecureRandom;
import java.time.Duration;

/**
 * One locked commit's right to be the only one that appends rows, once others came first too often.
 * Of a batch of hundreds of streams there may always be one in which somebody with smaller batches
 * was quicker. While it lasts, appends of everybody else are conflicts before they wrote anything.
 *
 * <p>Nothing depends on it: it ends by itself, is lost in a failover, and heads decide in any case.
 * So a server that fails where it is taken or given back fails nobody's commit: what is asked of it
 * next finds out. For one thread.
 */
final class Claim implements AutoCloseable {
  private static final int NAME_BYTES = 16;

  /** A node that dies with it, or stands still, holds the others up for so long. */
  private static final Duration LONGEST = Duration.ofSeconds(1);

  private static final int IN_A_CALL = 8;

  /** Whoever has none. */
  static final byte[] NONE = {};

  private final Calls server;
  private final Keys keys;
  private final SecureRandom chance;
  private final long millis;
  private byte[] name = NONE;
  private boolean mayBeHeld;

  /**
   * @param callTimeout how long one call of the store may take
   * @param chance for its name, which nobody may ever have twice
   */
  Claim(Calls server, Keys keys, Duration callTimeout, SecureRandom chance) {
    this.server = server;
    this.keys = keys;
    this.chance = chance;
    long part = Math.max(1, callTimeout.toMillis() / IN_A_CALL);
    this.millis = Math.min(part, LONGEST.toMillis());
  }

  /**
   * Takes it, or has it for longer.
   *
   * @return whether to go on: not while somebody else has it
   */
  boolean take() {
    if (name.length == 0) {
      name = new byte[NAME_BYTES];
      chance.nextBytes(name);
    }
    mayBeHeld = true;
    try {
      mayBeHeld = ask(millis);
      return mayBeHeld;
    } catch (StoreException e) {
      return true;
    }
  }

  /** What a commit shows that is made under it. */
  byte[] name() {
    return name;
  }

  /** Tells that it ended with a commit, or ends by itself: it is not to be given back. */
  void leave() {
    mayBeHeld = false;
  }

  /** Gives it back, if it may still be held. */
  @Override
  public void close() {
    if (!mayBeHeld) {
      return;
    }
    mayBeHeld = false;
    try {
      ask(0);
    } catch (StoreException e) {
      // It ends by itself. What became of the commit, or what the plan threw, matters more.
    }
  }

  private boolean ask(long forMillis) {
    Call call = new Call(Script.CLAIM).key(keys.claim()).argument(name).number(forMillis);
    return (Long) server.call(call) == 1;
  }
}
