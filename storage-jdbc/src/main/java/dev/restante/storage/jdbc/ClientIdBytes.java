package dev.restante.storage.jdbc;

import java.util.HexFormat;

/**
 * How the client id of a submit is stored. Most are UUIDs, and the id leads the only index that
 * every message adds a long key to: so a UUID in its usual form is 17 bytes instead of 36, in the
 * same order. No two ids have the same bytes: the first byte of a UUID never begins a text in
 * UTF-8.
 */
final class ClientIdBytes {
  private static final byte UUID = (byte) 0xFF;
  private static final int UUID_LENGTH = 36;

  private ClientIdBytes() {}

  static byte[] encode(String clientId) {
    byte[] uuid = clientId.length() == UUID_LENGTH ? new byte[17] : null;
    return uuid != null && uuid(clientId, uuid) ? uuid : Utf8.encode(clientId);
  }

  static String decode(byte[] bytes) {
    if (bytes.length != 17 || bytes[0] != UUID) {
      return Utf8.decode(bytes);
    }
    String digits = HexFormat.of().formatHex(bytes, 1, bytes.length);
    return String.join(
        "-",
        digits.substring(0, 8),
        digits.substring(8, 12),
        digits.substring(12, 16),
        digits.substring(16, 20),
        digits.substring(20));
  }

  private static boolean uuid(String text, byte[] bytes) {
    bytes[0] = UUID;
    int at = 1;
    for (int i = 0; i < UUID_LENGTH; i++) {
      if (i == 8 || i == 13 || i == 18 || i == 23) {
        if (text.charAt(i) != '-') {
          return false;
        }
        continue;
      }
      int high = digit(text.charAt(i++));
      int low = digit(text.charAt(i));
      if ((high | low) < 0) {
        return false;
      }
      bytes[at++] = (byte) (high << 4 | low);
    }
    return true;
  }

  /** Lower case only: a UUID in capitals is another id. */
  private static int digit(char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }
}
