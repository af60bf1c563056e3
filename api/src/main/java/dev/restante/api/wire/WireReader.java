package dev.restante.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.api.Payload;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;

/** Reads fields in the encoding of Protocol Buffers, and keeps those that nobody asked for. */
final class WireReader {
  static final int VARINT = 0;
  static final int BYTES = 2;
  private static final int FIXED64 = 1;
  private static final int FIXED32 = 5;
  private static final char REPLACEMENT = '\uFFFD';

  private final byte[] buffer;
  private final int start;
  private final int end;
  private int position;
  private int fieldStart;
  private int type;
  private byte[] unknown = {};
  private int unknownSize;

  WireReader(byte[] buffer) {
    this(buffer, 0, buffer.length);
  }

  private WireReader(byte[] buffer, int start, int end) {
    this.buffer = buffer;
    this.start = start;
    this.position = start;
    this.end = end;
  }

  /** The number of the next field, or 0 at the end. */
  int next() {
    if (position == end) {
      return 0;
    }
    fieldStart = position;
    long tag = varint();
    type = (int) (tag & 7);
    long field = tag >>> 3;
    if (field < 1 || field > 0x1fff_ffff) {
      throw new WireFormatException("no field number: " + field);
    }
    return (int) field;
  }

  /** Where the next field begins. */
  int position() {
    return position;
  }

  long number() {
    expect(VARINT);
    return varint();
  }

  long signed() {
    long value = number();
    return (value >>> 1) ^ -(value & 1);
  }

  /** A text, which must be UTF-8: what is replaced in silence would make two ids one. */
  String text() {
    int length = length();
    String value = new String(buffer, position, length, UTF_8);
    if (value.indexOf(REPLACEMENT) >= 0) {
      checkUtf8(length);
    }
    position += length;
    return value;
  }

  /** Tells a replacement character that was sent from one that stands for malformed bytes. */
  private void checkUtf8(int length) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(buffer, position, length));
    } catch (CharacterCodingException e) {
      throw new WireFormatException("a text that is not UTF-8", e);
    }
  }

  byte[] bytes() {
    int length = length();
    byte[] value = Arrays.copyOfRange(buffer, position, position + length);
    position += length;
    return value;
  }

  Payload payload() {
    return Payload.wrap(bytes());
  }

  /** A message within this one. */
  WireReader nested() {
    int length = length();
    WireReader reader = new WireReader(buffer, position, position + length);
    position += length;
    return reader;
  }

  /** Another reader of the same fields, at the beginning. */
  WireReader again() {
    return new WireReader(buffer, start, end);
  }

  /** Passes over the current field and keeps it among the unknown ones. */
  void keep() {
    skip();
    int length = position - fieldStart;
    if (unknown.length - unknownSize < length) {
      // doubling, since the many small fields of a hostile sender must not cost their square
      unknown = Arrays.copyOf(unknown, Math.max(unknown.length * 2, unknownSize + length));
    }
    System.arraycopy(buffer, fieldStart, unknown, unknownSize, length);
    unknownSize += length;
  }

  Payload unknownFields() {
    return Payload.wrap(Arrays.copyOf(unknown, unknownSize));
  }

  void skip() {
    switch (type) {
      case VARINT -> varint();
      case BYTES -> advance(length());
      case FIXED64 -> advance(8);
      case FIXED32 -> advance(4);
      default -> throw new WireFormatException("no wire type: " + type);
    }
  }

  private void advance(int bytes) {
    if (end - position < bytes) {
      throw cutOff();
    }
    position += bytes;
  }

  private int length() {
    expect(BYTES);
    long length = varint();
    if (length < 0 || length > end - position) {
      throw cutOff();
    }
    return (int) length;
  }

  private void expect(int expected) {
    if (type != expected) {
      throw new WireFormatException("wire type " + type + " where " + expected + " belongs");
    }
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (position == end) {
        throw cutOff();
      }
      byte b = buffer[position++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new WireFormatException("a number of more than 64 bits");
  }

  private static WireFormatException cutOff() {
    return new WireFormatException("the bytes end in the middle of a field");
  }
}
