package dev.restante.storage.ordered;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Numbers and texts as bytes. */
final class Bytes {
  static final byte[] NOTHING = {};
  static final int SHORT = Short.BYTES;
  static final int LONG = Long.BYTES;

  /** The longest text whose length fits before it. */
  static final int LONGEST_TEXT = 0xFFFF - 1;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  private Bytes() {}

  /** Says that a text cannot be told apart from others as bytes. */
  static final class Unfit extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    Unfit(String message) {
      super(message);
    }
  }

  static int put(byte[] to, int at, long number) {
    LONGS.set(to, at, number);
    return at + LONG;
  }

  static long getLong(byte[] from, int at) {
    return (long) LONGS.get(from, at);
  }

  /** The lower 16 bits. */
  static int putShort(byte[] to, int at, int number) {
    SHORTS.set(to, at, (short) number);
    return at + SHORT;
  }

  /** As an unsigned number. */
  static int getShort(byte[] from, int at) {
    return Short.toUnsignedInt((short) SHORTS.get(from, at));
  }

  static int put(byte[] to, int at, byte[] bytes) {
    System.arraycopy(bytes, 0, to, at, bytes.length);
    return at + bytes.length;
  }

  /** Length and bytes. */
  static int putCounted(byte[] to, int at, byte[] bytes) {
    return put(to, putShort(to, at, bytes.length), bytes);
  }

  /**
   * The UTF-8 bytes of a text.
   *
   * @throws Unfit if it has none (half of a surrogate pair would become a question mark, and two
   *     ids one), or more than can be counted before them
   */
  static byte[] of(String text) {
    if (!wellFormed(text)) {
      throw new Unfit("half of a surrogate pair in a name");
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > LONGEST_TEXT) {
      throw new Unfit("a name of %d bytes, more than %d".formatted(bytes.length, LONGEST_TEXT));
    }
    return bytes;
  }

  static String text(byte[] from, int at, int length) {
    return new String(from, at, length, StandardCharsets.UTF_8);
  }

  private static boolean wellFormed(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < length
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
