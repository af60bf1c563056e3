package dev.restante.storage.redis;

import java.nio.charset.StandardCharsets;

/** Numbers as the scripts want them. */
final class Bytes {
  /** From here on a script's own numbers are inexact. No stream is that long. */
  static final long EXACT = 1L << 53;

  private Bytes() {}

  /** Big-endian, so that the bytes, unsigned, are in the order of the numbers from 0 on. */
  static byte[] fixed(long number) {
    byte[] bytes = new byte[Long.BYTES];
    putFixed(bytes, 0, number);
    return bytes;
  }

  static void putFixed(byte[] into, int at, long number) {
    for (int i = 0; i < Long.BYTES; i++) {
      into[at + i] = (byte) (number >>> (56 - 8 * i));
    }
  }

  static long fixed(byte[] from, int at) {
    long number = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      number = number << 8 | (from[at + i] & 0xff);
    }
    return number;
  }

  static byte[] decimal(long number) {
    return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
  }

  /** A bound that a script's numbers hold exactly, and that bounds no less. */
  static byte[] bound(long number) {
    return decimal(Math.max(0, Math.min(number, EXACT)));
  }

  static byte[] flag(boolean on) {
    return new byte[] {(byte) (on ? '1' : '0')};
  }

  static int varintSize(long number) {
    int size = 1;
    for (long rest = number >>> 7; rest != 0; rest >>>= 7) {
      size++;
    }
    return size;
  }

  /** Seven bits a byte, the lowest first. Returns where to go on. */
  static int putVarint(byte[] into, int at, long number) {
    long rest = number;
    int next = at;
    while ((rest & ~0x7fL) != 0) {
      into[next++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    into[next++] = (byte) rest;
    return next;
  }

  /** Reads bytes from the front on. For one thread. */
  static final class Reader {
    private final byte[] bytes;
    private int at;

    Reader(byte[] bytes, int at) {
      this.bytes = bytes;
      this.at = at;
    }

    int at() {
      return at;
    }

    int unsigned() {
      return bytes[at++] & 0xff;
    }

    int unsigned16() {
      return unsigned() << 8 | unsigned();
    }

    long varint() {
      long number = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = bytes[at++];
        number |= (next & 0x7fL) << shift;
        if (next >= 0) {
          return number;
        }
      }
    }

    /** A number of so many bytes, big-endian. */
    long big(int count) {
      long number = 0;
      for (int i = 0; i < count; i++) {
        number = number << 8 | unsigned();
      }
      return number;
    }

    String text(int length) {
      at += length;
      return new String(bytes, at - length, length, StandardCharsets.UTF_8);
    }

    byte[] rest() {
      byte[] rest = new byte[bytes.length - at];
      System.arraycopy(bytes, at, rest, 0, rest.length);
      return rest;
    }
  }
}
