package dev.restante.storage.redis;

import java.nio.charset.StandardCharsets;

/** Text as bytes. Only well-formed text has bytes of its own; half a surrogate pair has none. */
final class Utf8 {
  private Utf8() {}

  /** Says that a text has no UTF-8 form. */
  static final class Malformed extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    Malformed() {
      super("half of a surrogate pair in a name");
    }
  }

  /**
   * @throws Malformed if it has no bytes
   */
  static void check(String text) {
    if (!wellFormed(text)) {
      throw new Malformed();
    }
  }

  static byte[] encode(String text) {
    check(text);
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String decode(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static boolean wellFormed(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == length
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
