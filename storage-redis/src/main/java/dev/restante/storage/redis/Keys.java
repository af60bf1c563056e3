package dev.restante.storage.redis;

import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The one place that makes keys. A key is {@code prefix:kind{tenant/name}}. Tenant and name are
 * UTF-8 in which {@code %}, {@code /}, braces and control characters are escaped as {@code %XX}, so
 * that no two streams share a key, and an administrator can read them.
 *
 * <p>On Redis Cluster it is {@code prefix:kind{tag}tenant/name}: what is in braces is what decides
 * the slot, and a stream's tag follows from its name, so that all that belongs to a stream is in
 * one slot. There are {@value Tags#COUNT} tags, so that a sweep can go over all there are.
 */
final class Keys {
  static final String DEFAULT_PREFIX = "restante";

  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9_.:-]{1,64}");
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = {'}'};

  /** Every fourth tag has records of transactions. */
  private static final int TAGS_WITHOUT_TRANSACTIONS = 4;

  private final String prefix;
  private final boolean tagged;

  /** Keys of one server. */
  Keys(String prefix) {
    this(prefix, false);
  }

  private Keys(String prefix, boolean tagged) {
    this.prefix = prefix;
    this.tagged = tagged;
  }

  /** Keys of a cluster. */
  static Keys ofCluster(String prefix) {
    return new Keys(prefix, true);
  }

  static boolean isPrefix(String text) {
    return PREFIX.matcher(text).matches();
  }

  /** The rows of a log or inbox: a list. */
  byte[] stream(StreamKey stream) {
    return key(rows(stream), stream);
  }

  private static String rows(StreamKey stream) {
    return stream.kind() == Kind.LOG ? "l" : "i";
  }

  /** What number the row with a compaction key has: a hash. */
  byte[] compaction(StreamKey inbox) {
    return key("c", inbox);
  }

  /** The submits that are remembered, of all logs: a hash. */
  byte[] submits() {
    return ascii(prefix + ":d");
  }

  /** Which of them expire when: a zset. */
  byte[] expiries() {
    return ascii(prefix + ":x");
  }

  /** Who appends alone, if anybody does: a string that expires. See {@link Claim}. */
  byte[] claim() {
    return ascii(prefix + ":a");
  }

  /** The records of a partition: a hash. */
  byte[] records(StreamKey partition) {
    return key("r" + partition.kind().code(), partition);
  }

  /** The fields of {@link #records} in order: a zset. */
  byte[] order(StreamKey partition) {
    return key("o" + partition.kind().code(), partition);
  }

  /** Tries what the scripts do, on keys that nothing else uses, and leaves nothing. */
  Call probe() {
    return probe("");
  }

  private Call probe(String tag) {
    Call call = new Call(Script.PROBE);
    for (int number = 1; number <= 3; number++) {
      call.key(ascii(prefix + ":probe" + number + tag));
    }
    return call;
  }

  // ---- on a cluster -----------------------------------------------------------------------------

  /** The same in a slot that some key is in. */
  Call probe(byte[] beside) {
    String key = new String(beside, StandardCharsets.ISO_8859_1);
    return probe(key.substring(key.indexOf('{'), key.indexOf('}') + 1));
  }

  /** The intent that a transaction has left in a cell: a list. */
  byte[] intent(StreamKey cell) {
    return key("w" + cell.kind().code(), cell);
  }

  /** The submits that are remembered, of all logs with a tag: a hash. */
  byte[] submits(int tag) {
    return tagged("d", tag);
  }

  /** Which of them expire when: a zset. */
  byte[] expiries(int tag) {
    return tagged("x", tag);
  }

  /** The keys of a cell that are needed for every commit: what they have in common is made once. */
  final class OfCell {
    private final byte[] path;
    private final int code;
    private final String rows;
    private final int tag;

    private OfCell(StreamKey cell) {
      path = Keys.path(cell);
      code = cell.kind().code();
      rows = Keys.rows(cell);
      tag = Tags.of(path);
    }

    int tag() {
      return tag;
    }

    /** See {@link Keys#intent}. */
    byte[] intent() {
      return joined(tagged("w" + code, tag), path);
    }

    /** See {@link Keys#stream}. */
    byte[] rows() {
      return joined(tagged(rows, tag), path);
    }

    /** See {@link Keys#records}. */
    byte[] records() {
      return joined(tagged("r" + code, tag), path);
    }
  }

  /** Several keys of a cell. */
  OfCell of(StreamKey cell) {
    return new OfCell(cell);
  }

  /** What was decided of transactions: a hash. */
  byte[] decisions(int tag) {
    return tagged("t", tag);
  }

  /** The cells of these transactions: a hash. */
  byte[] cells(int tag) {
    return tagged("u", tag);
  }

  /** The tag of a stream. */
  static int tag(StreamKey stream) {
    return Tags.of(path(stream));
  }

  /** The tag of a transaction's record, by two digits that its name begins with. */
  static int tag(String transaction) {
    int number = Integer.parseInt(transaction.substring(0, 2), 16);
    return number * TAGS_WITHOUT_TRANSACTIONS % Tags.COUNT;
  }

  /** All tags that have records of transactions. */
  static List<Integer> tagsOfTransactions() {
    List<Integer> tags = new ArrayList<>();
    for (int tag = 0; tag < Tags.COUNT; tag += TAGS_WITHOUT_TRANSACTIONS) {
      tags.add(tag);
    }
    return tags;
  }

  private byte[] tagged(String kind, int tag) {
    return ascii(prefix + ":" + kind + "{" + Tags.text(tag) + "}");
  }

  // ---- how they are made ------------------------------------------------------------------------

  /** How all keys of logs of this tenant begin; the escaped name and {@link #end()} follow. */
  byte[] logStart(String tenant) {
    return start("l", tenant);
  }

  /** A pattern that all keys match, and perhaps some of another store's. */
  byte[] all() {
    return ascii(prefix + ":*");
  }

  /** The stream whose rows have this key, if it is one. */
  Optional<StreamKey> streamOf(byte[] key) {
    return named("l", Kind.LOG, key).or(() -> named("i", Kind.INBOX, key));
  }

  /** The partition whose records have this key, if it is one. */
  Optional<StreamKey> partitionOf(byte[] key) {
    return Arrays.stream(Kind.values())
        .flatMap(kind -> named("r" + kind.code(), kind, key).stream())
        .findFirst();
  }

  private Optional<StreamKey> named(String start, Kind kind, byte[] key) {
    byte[] before = ascii(prefix + ":" + start + "{");
    int length = Math.min(before.length, key.length);
    int slash = length;
    while (slash < key.length && key[slash] != '/') {
      slash++;
    }
    if (!Arrays.equals(before, Arrays.copyOf(key, length)) || slash == key.length) {
      return Optional.empty();
    }
    String tenant = unescaped(Arrays.copyOfRange(key, length, slash));
    String name = unescaped(Arrays.copyOfRange(key, slash + 1, key.length - 1));
    return Optional.of(new StreamKey(kind, tenant, name));
  }

  byte[] end() {
    return END.clone();
  }

  private byte[] key(String kind, StreamKey stream) {
    byte[] path = path(stream);
    return tagged
        ? joined(tagged(kind, Tags.of(path)), path)
        : joined(joined(ascii(prefix + ":" + kind + "{"), path), END);
  }

  private static byte[] path(StreamKey stream) {
    byte[] tenant = escaped(stream.tenant());
    byte[] name = escaped(stream.name());
    byte[] path = Arrays.copyOf(tenant, tenant.length + 1 + name.length);
    path[tenant.length] = '/';
    System.arraycopy(name, 0, path, tenant.length + 1, name.length);
    return path;
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  private byte[] start(String kind, String tenant) {
    byte[] start = ascii(prefix + ":" + kind + "{");
    byte[] escaped = escaped(tenant);
    byte[] whole = Arrays.copyOf(start, start.length + escaped.length + 1);
    System.arraycopy(escaped, 0, whole, start.length, escaped.length);
    whole[whole.length - 1] = '/';
    return whole;
  }

  static byte[] escaped(String text) {
    byte[] plain = Utf8.encode(text);
    int special = 0;
    for (byte each : plain) {
      special += isSpecial(each) ? 1 : 0;
    }
    if (special == 0) {
      return plain;
    }
    byte[] escaped = new byte[plain.length + 2 * special];
    int at = 0;
    for (byte each : plain) {
      if (isSpecial(each)) {
        escaped[at++] = '%';
        escaped[at++] = HEX[each >> 4];
        escaped[at++] = HEX[each & 15];
      } else {
        escaped[at++] = each;
      }
    }
    return escaped;
  }

  static String unescaped(byte[] escaped) {
    byte[] plain = new byte[escaped.length];
    int size = 0;
    for (int i = 0; i < escaped.length; i++) {
      if (escaped[i] == '%') {
        plain[size++] =
            (byte) (Character.digit(escaped[i + 1], 16) << 4 | Character.digit(escaped[i + 2], 16));
        i += 2;
      } else {
        plain[size++] = escaped[i];
      }
    }
    return Utf8.decode(Arrays.copyOf(plain, size));
  }

  /** Bytes of more than ASCII are negative: they are kept. */
  private static boolean isSpecial(byte each) {
    return (each >= 0 && each < 0x20)
        || each == 0x7f
        || each == '%'
        || each == '/'
        || each == '{'
        || each == '}';
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
