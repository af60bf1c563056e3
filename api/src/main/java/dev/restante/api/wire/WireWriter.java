package dev.restante.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.api.Payload;
import java.util.Arrays;

/** Writes fields in the encoding of Protocol Buffers: tag, then varint or length and bytes. */
final class WireWriter {
  private byte[] buffer;
  private int size;

  WireWriter(int expectedBytes) {
    buffer = new byte[expectedBytes];
  }

  int size() {
    return size;
  }

  byte[] toByteArray() {
    return size == buffer.length ? buffer : Arrays.copyOf(buffer, size);
  }

  /** A number that may not be negative; 0 is the default and not written. */
  WireWriter number(int field, long value) {
    if (value != 0) {
      tag(field, WireReader.VARINT);
      varint(value);
    }
    return this;
  }

  /** A number of either sign, always written: zigzag, as {@code sint64}. */
  WireWriter signed(int field, long value) {
    tag(field, WireReader.VARINT);
    varint((value << 1) ^ (value >> 63));
    return this;
  }

  WireWriter text(int field, String value) {
    int length = value.length();
    for (int i = 0; i < length; i++) {
      if (value.charAt(i) >= 0x80) {
        return bytes(field, value.getBytes(UTF_8));
      }
    }
    tag(field, WireReader.BYTES);
    varint(length);
    reserve(length);
    for (int i = 0; i < length; i++) {
      buffer[size++] = (byte) value.charAt(i);
    }
    return this;
  }

  WireWriter bytes(int field, byte[] value) {
    tag(field, WireReader.BYTES);
    varint(value.length);
    return raw(value);
  }

  WireWriter payload(int field, Payload value) {
    tag(field, WireReader.BYTES);
    varint(value.size());
    return raw(value);
  }

  /** Fields that are encoded already. */
  WireWriter raw(Payload fields) {
    reserve(fields.size());
    fields.copyTo(buffer, size);
    size += fields.size();
    return this;
  }

  WireWriter raw(byte[] fields) {
    reserve(fields.length);
    System.arraycopy(fields, 0, buffer, size, fields.length);
    size += fields.length;
    return this;
  }

  private void tag(int field, int type) {
    varint((long) field << 3 | type);
  }

  private void varint(long value) {
    reserve(sizeOf(value));
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      buffer[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[size++] = (byte) rest;
  }

  /** How many bytes {@link #number} writes. */
  static int sizeOfNumber(int field, long value) {
    return value == 0 ? 0 : sizeOf((long) field << 3) + sizeOf(value);
  }

  /** How many bytes {@link #signed} writes. */
  static int sizeOfSigned(int field, long value) {
    return sizeOf((long) field << 3) + sizeOf((value << 1) ^ (value >> 63));
  }

  /** How many bytes {@link #text} writes. */
  static int sizeOfText(int field, String value) {
    int bytes = 0;
    for (int i = 0; i < value.length(); i++) {
      char each = value.charAt(i);
      // Of a pair of surrogates, four bytes in UTF-8, each half counts two.
      bytes += each < 0x80 ? 1 : each < 0x800 || Character.isSurrogate(each) ? 2 : 3;
    }
    return sizeOfBytes(field, bytes);
  }

  /** How many bytes so many of them take, with tag and length. */
  static int sizeOfBytes(int field, int length) {
    return sizeOf((long) field << 3) + sizeOf(length) + length;
  }

  private static int sizeOf(long varint) {
    return (Long.SIZE - Long.numberOfLeadingZeros(varint | 1) + 6) / 7;
  }

  private void reserve(int more) {
    if (buffer.length - size < more) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, Math.addExact(size, more)));
    }
  }
}
