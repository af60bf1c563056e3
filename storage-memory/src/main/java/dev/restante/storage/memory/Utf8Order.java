package dev.restante.storage.memory;

import java.util.Comparator;

/**
 * Orders strings as their UTF-8 bytes, unsigned, are ordered. That is the order of code points;
 * Java's own order differs, because surrogates (U+10000 and above) sort before U+E000 to U+FFFF.
 */
final class Utf8Order implements Comparator<String> {
  static final Utf8Order INSTANCE = new Utf8Order();

  private Utf8Order() {}

  @Override
  public int compare(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        return Integer.compare(rank(a), rank(b));
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  private static int rank(char c) {
    return Character.isSurrogate(c) ? c + 0x1_0000 : c;
  }
}
