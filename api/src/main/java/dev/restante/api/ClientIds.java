package dev.restante.api;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Makes client message ids that do not repeat: UUIDs of version 7 (RFC 9562, section 5.7), which
 * begin with the time in milliseconds, so that a store's index on them stays dense. Within one
 * instance ids rise strictly, also when the clock stands still or goes back.
 *
 * <p>Safe for use by many threads.
 */
public final class ClientIds {
  private static final ClientIds SYSTEM = new ClientIds(InstantSource.system(), new SecureRandom());

  private static final int COUNTER_LIMIT = 1 << 12;

  private final InstantSource clock;
  private final RandomGenerator random;
  private long lastMillis;
  private int counter;

  /**
   * @param clock the time that ids begin with
   * @param random 62 bits of each id; must be seeded unpredictably if ids must not be guessed
   */
  public ClientIds(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /** Ids from the system's clock and secure random numbers. */
  public static ClientIds system() {
    return SYSTEM;
  }

  /** The next id, 36 characters. */
  public String next() {
    return nextUuid().toString();
  }

  /** The next id as a UUID. */
  public synchronized UUID nextUuid() {
    long now = clock.millis();
    if (now > lastMillis) {
      lastMillis = now;
      counter = random.nextInt(COUNTER_LIMIT / 4);
    } else if (++counter == COUNTER_LIMIT) {
      lastMillis++;
      counter = 0;
    }
    long high = (lastMillis << 16) | 0x7000L | counter;
    long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }
}
