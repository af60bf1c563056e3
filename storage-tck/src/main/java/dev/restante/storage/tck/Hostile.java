package dev.restante.storage.tck;

import java.util.List;

/** Text that tempts a store to fold, cut, trim, escape or join wrongly. All of it is plain data. */
final class Hostile {
  /** Pairwise different names, many of which some collation, locale or language calls equal. */
  static final List<String> NAMES =
      List.of(
          "a",
          "A",
          "a ",
          " a",
          "a\t",
          "a\n",
          "a\r\n",
          "a\0",
          "a\0b",
          "\0",
          " ",
          "a:b",
          "a/b",
          "a\\b",
          "a\\",
          "a'b",
          "a''b",
          "a\"b",
          "a%",
          "%",
          "a_",
          "a*",
          "a?b",
          "a;b",
          "a--",
          "$1",
          ":name",
          "{a}",
          "a,b",
          "a|b",
          "a.b",
          "../a",
          "null",
          "0",
          "00",
          "-1",
          "\u00e9",
          "e\u0301",
          "\u00df",
          "ss",
          "SS",
          "I",
          "i",
          "\u0130",
          "\u0131",
          "\u212b",
          "\u00c5",
          "\ufb01",
          "fi",
          "\ufeffa",
          "a\u200b",
          "a\u200d",
          "\u202ea",
          "\u0000\u0001\u001f\u007f\u0080\u009f",
          "\uffff",
          "\ue000",
          "\ud83d\ude00",
          "\ud83d\ude01",
          "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67",
          "\u5f20\u4f1f",
          "\u05e9\u05dc\u05d5\u05dd");

  /** Pairwise different pairs, many of which read the same when joined with some separator. */
  static final List<Pair> PAIRS =
      List.of(
          new Pair("ab", "c"),
          new Pair("a", "bc"),
          new Pair("a:b", "c"),
          new Pair("a", "b:c"),
          new Pair("a\\:b", "c"),
          new Pair("a\\", "b:c"),
          new Pair("a/b", "c"),
          new Pair("a", "b/c"),
          new Pair("a\0b", "c"),
          new Pair("a", "b\0c"),
          new Pair("a|b", "c"),
          new Pair("a", "b|c"),
          new Pair("a\u001fb", "c"),
          new Pair("a", "b\u001fc"),
          new Pair("a,b", "c"),
          new Pair("a", "b,c"),
          new Pair("a b", "c"),
          new Pair("a", "b c"),
          new Pair("c", "a:b"),
          new Pair("b:c", "a"));

  /** Two texts that belong together. */
  record Pair(String left, String right) {}

  private Hostile() {}

  /** The longest text of so many bytes of UTF-8, made of characters of every length. */
  static String ofBytes(int bytes) {
    String block = "a\u00e9\u5f20\ud83d\ude00"; // 1 + 2 + 3 + 4 bytes
    return block.repeat(bytes / 10) + "z".repeat(bytes % 10);
  }
}
