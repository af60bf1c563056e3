package dev.restante.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/** Immutable bytes that Restante carries and never reads: text, a host's format, or ciphertext. */
public final class Payload {
  private static final Payload EMPTY = new Payload(new byte[0]);

  private final byte[] bytes;

  private Payload(byte[] bytes) {
    this.bytes = bytes;
  }

  /** No bytes. */
  public static Payload empty() {
    return EMPTY;
  }

  /** A copy of the bytes. */
  public static Payload of(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Payload(bytes.clone());
  }

  /**
   * These very bytes, without a copy: whoever calls gives the array away and does not modify it
   * afterwards.
   */
  public static Payload wrap(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Payload(bytes);
  }

  /** The text in UTF-8. */
  public static Payload text(String text) {
    return wrap(requireNonNull(text, "text").getBytes(UTF_8));
  }

  /** The number of bytes. */
  public int size() {
    return bytes.length;
  }

  /** Whether there are no bytes. */
  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /** A copy of the bytes. */
  public byte[] toByteArray() {
    return bytes.clone();
  }

  /** The bytes read as UTF-8; what is not UTF-8 becomes the replacement character. */
  public String asText() {
    return new String(bytes, UTF_8);
  }

  /** Copies the bytes into an array. */
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, bytes.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Payload that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The size only: content may be private. */
  @Override
  public String toString() {
    return "Payload[" + bytes.length + " bytes]";
  }
}
