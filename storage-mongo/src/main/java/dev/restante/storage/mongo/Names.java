package dev.restante.storage.mongo;

import dev.restante.storage.DedupKey;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import dev.restante.storage.cells.Cell;
import java.util.HexFormat;

/**
 * Names as {@code _id}s: printable ASCII, in the order of the UTF-8 bytes.
 *
 * <p>The characters from {@code "} to <code>}</code> stand for themselves. What is below them
 * begins with a space, what is above with a tilde, and the bytes follow in hexadecimal digits. So a
 * name comes before another exactly if its bytes do, whatever collation, language or test server
 * compares them, and an exclamation mark is free to stand between names.
 */
final class Names {
  /** Between the parts of an id. */
  static final char BETWEEN = '!';

  /** Begin the ids of cells and of the records of transactions. */
  private static final String STREAM = "s";

  private static final String RECORD = "r";
  private static final String TRANSACTION = "t";

  /** The first id behind all of the transactions'. */
  static final String AFTER_TRANSACTIONS = "u";

  private static final int LEAST_PLAIN = '"';
  private static final int MOST_PLAIN = '}';
  private static final char BELOW = ' ';
  private static final char ABOVE = '~';
  private static final int DIGITS = 19;
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private Names() {}

  static String stream(StreamKey stream) {
    StringBuilder name = new StringBuilder();
    name.append(stream.kind().code()).append(BETWEEN);
    add(name, stream.tenant());
    name.append(BETWEEN);
    add(name, stream.name());
    return name.toString();
  }

  static StreamKey streamOf(String name) {
    String[] parts = name.split("!", -1);
    return new StreamKey(kind(parts[0]), text(parts[1]), text(parts[2]));
  }

  private static StreamKey.Kind kind(String code) {
    for (StreamKey.Kind kind : StreamKey.Kind.values()) {
      if (code.equals(Integer.toString(kind.code()))) {
        return kind;
      }
    }
    throw new IllegalArgumentException("No kind of stream: " + code);
  }

  static String cell(Cell cell) {
    return cell.isRecord()
        ? records(cell.partition(), cell.space()) + encoded(cell.id())
        : STREAM + stream(cell.partition());
  }

  static String cell(StreamKey stream) {
    return STREAM + stream(stream);
  }

  static String cell(RecordKey record) {
    return records(record.partition(), record.space()) + encoded(record.id());
  }

  static Cell cellOf(String id) {
    StreamKey partition = streamOf(id.substring(1));
    if (id.startsWith(STREAM)) {
      return Cell.of(partition);
    }
    String[] parts = id.split("!", -1);
    return new Cell(partition, parts[3], text(parts[4]));
  }

  /** What the ids of all records of a partition and space begin with. */
  static String records(StreamKey partition, String space) {
    return RECORD + stream(partition) + BETWEEN + space + BETWEEN;
  }

  /** The first id behind all that begin so. */
  static String after(String prefix) {
    return prefix.substring(0, prefix.length() - 1)
        + (char) (prefix.charAt(prefix.length() - 1) + 1);
  }

  static String transaction(String name) {
    return TRANSACTION + name;
  }

  static String transactionOf(String id) {
    return id.substring(1);
  }

  /** Rows of a stream in the order of their numbers. */
  static String row(String stream, long number) {
    String digits = Long.toString(number);
    return stream + BETWEEN + "0".repeat(DIGITS - digits.length()) + digits;
  }

  /** The row of an inbox that has a compaction key, wherever it stands. */
  static String keyed(String inbox, String key) {
    return inbox + BETWEEN + "k" + BETWEEN + encoded(key);
  }

  /** Led by the client's id, which keeps what is written together together. */
  static String dedup(DedupKey key) {
    StringBuilder name = new StringBuilder();
    add(name, key.clientId());
    name.append(BETWEEN);
    add(name, key.sender());
    return name.append(BETWEEN).append(stream(key.log())).toString();
  }

  static String encoded(String text) {
    StringBuilder encoded = new StringBuilder(text.length() + 8);
    add(encoded, text);
    return encoded.toString();
  }

  private static void add(StringBuilder to, String text) {
    text.codePoints()
        .forEach(
            point -> {
              if (point >= LEAST_PLAIN && point <= MOST_PLAIN) {
                to.append((char) point);
              } else {
                escape(to, point);
              }
            });
  }

  /** A surrogate that stands alone keeps its number, so that it is no other text's either. */
  private static void escape(StringBuilder to, int point) {
    int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    int lead = more == 0 ? 0 : (0xFF00 >> (more + 1)) & 0xFF;
    escapeByte(to, lead | (point >> (6 * more)));
    for (int k = more - 1; k >= 0; k--) {
      escapeByte(to, 0x80 | ((point >> (6 * k)) & 0x3F));
    }
  }

  private static void escapeByte(StringBuilder to, int value) {
    to.append(value < LEAST_PLAIN ? BELOW : ABOVE).append(HEX.toHexDigits((byte) value));
  }

  static String text(String encoded) {
    StringBuilder text = new StringBuilder(encoded.length());
    for (int i = 0; i < encoded.length(); ) {
      char next = encoded.charAt(i);
      if (next != BELOW && next != ABOVE) {
        text.append(next);
        i++;
        continue;
      }
      int first = byteAt(encoded, i);
      int more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
      int point = more == 0 ? first : first & (0x3F >> more);
      for (int k = 1; k <= more; k++) {
        point = (point << 6) | (byteAt(encoded, i + 3 * k) & 0x3F);
      }
      text.appendCodePoint(point);
      i += 3 * (more + 1);
    }
    return text.toString();
  }

  private static int byteAt(String encoded, int escape) {
    return HexFormat.fromHexDigits(encoded, escape + 1, escape + 3);
  }
}
