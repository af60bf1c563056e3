package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys of what is written by hand, by the numbers that {@link Streams} counts with. They hold
 * the names, as long as they are, since Redis has nothing to join a number with.
 */
final class RedisKeys {
  /** As many as the library divides them into. */
  private static final int PARTS = 256;

  private final String prefix;
  private final Map<Long, byte[]> names = new ConcurrentHashMap<>();

  /**
   * @param prefix begins every key
   * @param population whose streams these are
   */
  RedisKeys(String prefix, Population population) {
    this.prefix = prefix;
    long number = 0;
    for (int i = 0; i < population.conversations(); i++) {
      names.put(++number, bytes(population.conversation(i).key()));
    }
    for (int i = 0; i < population.users(); i++) {
      names.put(++number, bytes(population.user(i).value()));
    }
  }

  /** Names a stream that the population does not have. */
  void name(long stream, String name) {
    names.put(stream, bytes(name));
  }

  /** A stream's name. */
  byte[] name(long stream) {
    byte[] name = names.get(stream);
    if (name == null) {
      throw new IllegalArgumentException("no stream " + stream);
    }
    return name;
  }

  byte[] log(long stream) {
    return joined(logStart(), name(stream));
  }

  byte[] inbox(long stream) {
    return joined(bytes(prefix + "i:"), name(stream));
  }

  byte[] cursor(long inbox) {
    return joined(bytes(prefix + "c:"), name(inbox));
  }

  /** How the keys of logs begin. */
  byte[] logStart() {
    return bytes(prefix + "l:");
  }

  byte[] submits() {
    return bytes(prefix + "d");
  }

  byte[] expiries() {
    return bytes(prefix + "e");
  }

  /** Which of the parts of a cluster's remembered submits has those of a log. */
  static int part(long log) {
    return (int) (log % PARTS);
  }

  /** A part of the submits, which has a slot of its own. */
  byte[] submits(int part) {
    return bytes(prefix + "d:" + part);
  }

  /** When those of a part expire. */
  byte[] expiries(int part) {
    return bytes(prefix + "e:" + part);
  }

  private static byte[] joined(byte[] start, byte[] end) {
    byte[] joined = new byte[start.length + end.length];
    System.arraycopy(start, 0, joined, 0, start.length);
    System.arraycopy(end, 0, joined, start.length, end.length);
    return joined;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }
}
