package dev.restante.api.sync;

import dev.restante.api.InvalidValueException;

/**
 * A device's place in its user's inbox, as an opaque text that the device keeps and brings back.
 * What is in it may change with any version; it holds no secret and proves nothing by itself.
 *
 * @param token 1 to {@value #MAX_CHARS} characters that are safe in URLs and JSON
 */
public record Cursor(String token) {
  /** The longest token. */
  public static final int MAX_CHARS = 512;

  /**
   * @throws InvalidValueException if the token is empty, too long, or has other characters
   */
  public Cursor {
    if (token.isEmpty() || token.length() > MAX_CHARS) {
      throw new InvalidValueException(
          "a cursor has 1 to " + MAX_CHARS + " characters, this one " + token.length());
    }
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      boolean safe =
          (c >= '0' && c <= '9')
              || (c >= 'A' && c <= 'Z')
              || (c >= 'a' && c <= 'z')
              || c == '-'
              || c == '_';
      if (!safe) {
        throw new InvalidValueException("a cursor has no character like the one at index " + i);
      }
    }
  }
}
