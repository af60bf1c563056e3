package dev.restante.internal;

import dev.restante.api.UserId;
import java.util.Collection;

/**
 * For which users a node has sessions, as a Bloom filter (B. H. Bloom, Space/time trade-offs in
 * hash coding with allowable errors, CACM 13(7), 1970): whoever is in it is always found, and
 * somebody who is not is, too, now and then. With 16 bits or more for each user that is one in 70.
 *
 * <p>Nodes compare hashes that others made, so {@code docs/spi/bus.md} says how they are made. For
 * one thread at a time.
 */
final class Awaited {
  /** With less, who is added later would soon fill it. */
  static final int LEAST_BYTES = 128;

  private static final int BITS_A_USER = 16;
  private static final long FIRST_FACTOR = 0xBF58476D1CE4E5B9L;
  private static final long SECOND_FACTOR = 0x94D049BB133111EBL;

  private final byte[] bits;

  private Awaited(byte[] bits) {
    this.bits = bits;
  }

  /**
   * @param maxBytes of the filter, {@value #LEAST_BYTES} or more
   */
  static Awaited of(Collection<UserId> users, int maxBytes) {
    int bytes = LEAST_BYTES;
    while (bytes < users.size() * (long) BITS_A_USER / Byte.SIZE && 2 * bytes <= maxBytes) {
      bytes *= 2;
    }
    Awaited awaited = new Awaited(new byte[bytes]);
    users.forEach(awaited::add);
    return awaited;
  }

  /**
   * What another node sent.
   *
   * @param bits a power of two of bytes
   */
  static Awaited of(byte[] bits) {
    return new Awaited(bits.clone());
  }

  static boolean isLength(int bytes) {
    return Integer.bitCount(bytes) == 1;
  }

  void add(UserId user) {
    long hash = hash(user.tenant(), user.value());
    set(first(hash));
    set(second(hash));
  }

  /**
   * Whether the user may be among them.
   *
   * @param hash as {@link #hash} makes it
   */
  boolean mayHave(long hash) {
    return isSet(first(hash)) && isSet(second(hash));
  }

  /** By what Java promises of a text's hash, and the mixer of SplitMix64. */
  static long hash(String tenant, String user) {
    long mixed = ((long) tenant.hashCode() << Integer.SIZE) ^ (user.hashCode() & 0xFFFFFFFFL);
    mixed = (mixed ^ (mixed >>> 30)) * FIRST_FACTOR;
    mixed = (mixed ^ (mixed >>> 27)) * SECOND_FACTOR;
    return mixed ^ (mixed >>> 31);
  }

  private int first(long hash) {
    return (int) hash & (bits.length * Byte.SIZE - 1);
  }

  private int second(long hash) {
    return (int) (hash >>> Integer.SIZE) & (bits.length * Byte.SIZE - 1);
  }

  private void set(int bit) {
    bits[bit / Byte.SIZE] |= (byte) (1 << (bit % Byte.SIZE));
  }

  private boolean isSet(int bit) {
    return (bits[bit / Byte.SIZE] & (1 << (bit % Byte.SIZE))) != 0;
  }

  byte[] bytes() {
    return bits.clone();
  }
}
