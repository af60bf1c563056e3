package dev.restante.api;

import static java.util.Objects.requireNonNull;

/** Checks of text that comes from outside. */
final class Text {
  private Text() {}

  /**
   * Checks an identifier: 1 to {@code maxBytes} bytes of UTF-8, any characters, no unpaired
   * surrogate (it has no UTF-8 form, so two such ids would become one in a store).
   */
  static String id(String what, String value, int maxBytes) {
    requireNonNull(value, what);
    if (value.isEmpty()) {
      throw new InvalidValueException(what + " is empty");
    }
    return text(what, value, maxBytes);
  }

  /** As {@link #id}, but may be empty. */
  static String text(String what, String value, int maxBytes) {
    requireNonNull(value, what);
    int bytes = utf8Length(what, value);
    if (bytes > maxBytes) {
      throw new InvalidValueException(
          what + " has " + bytes + " bytes of UTF-8, the limit is " + maxBytes + ": " + cut(value));
    }
    return value;
  }

  static int utf8Length(String what, String value) {
    int bytes = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < 0x80) {
        bytes++;
      } else if (c < 0x800) {
        bytes += 2;
      } else if (!Character.isSurrogate(c)) {
        bytes += 3;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < value.length()
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        bytes += 4;
        i++;
      } else {
        throw new InvalidValueException(
            what + " has an unpaired surrogate at index " + i + ", which has no UTF-8 form");
      }
    }
    return bytes;
  }

  private static String cut(String value) {
    int end = value.offsetByCodePoints(0, Math.min(40, value.codePointCount(0, value.length())));
    return end == value.length() ? value : value.substring(0, end) + "…";
  }
}
