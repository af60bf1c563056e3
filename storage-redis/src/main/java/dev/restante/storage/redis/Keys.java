package dev.restante.storage.redis;

import dev.restante.storage.StreamKey;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * The one place that makes keys. A key is {@code prefix:kind{tenant/name}}: what is in braces is
 * what Redis Cluster takes for the slot, so all that belongs to one stream is in one. Tenant and
 * name are UTF-8 in which {@code %}, {@code /}, braces and control characters are escaped as {@code
 * %XX}, so that no two streams share a key, and an administrator can read them.
 */
final class Keys {
  static final String DEFAULT_PREFIX = "restante";

  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9_.:-]{1,64}");
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = {'}'};

  private final String prefix;

  Keys(String prefix) {
    this.prefix = prefix;
  }

  static boolean isPrefix(String text) {
    return PREFIX.matcher(text).matches();
  }

  /** The rows of a log or inbox: a list. */
  byte[] stream(StreamKey stream) {
    return key(stream.kind() == StreamKey.Kind.LOG ? "l" : "i", stream);
  }

  /** What number the row with a compaction key has: a hash. */
  byte[] compaction(StreamKey inbox) {
    return key("c", inbox);
  }

  /** The submits that are remembered for a log: a hash. */
  byte[] dedups(StreamKey log) {
    return key("d", log);
  }

  /** The same submits by their expiry: a zset. */
  byte[] expiries(StreamKey log) {
    return key("e", log);
  }

  /** The records of a partition: a hash. */
  byte[] records(StreamKey partition) {
    return key("r" + partition.kind().code(), partition);
  }

  /** The fields of {@link #records} in order: a zset. */
  byte[] order(StreamKey partition) {
    return key("o" + partition.kind().code(), partition);
  }

  /** The logs that have submits to forget: a zset of {@link #name(StreamKey)}. */
  byte[] sweepIndex() {
    return ascii(prefix + ":x");
  }

  /** Keys that nothing else uses. */
  byte[] probe(int number) {
    return ascii(prefix + ":probe{" + number + "}");
  }

  /** How all keys of logs of this tenant begin; the escaped name and {@link #end()} follow. */
  byte[] logStart(String tenant) {
    return start("l", tenant);
  }

  /** How keys of {@link #dedups} begin; {@link #name(StreamKey)} and {@link #end()} follow. */
  byte[] dedupsStart() {
    return ascii(prefix + ":d{");
  }

  /** How keys of {@link #expiries} begin; {@link #name(StreamKey)} and {@link #end()} follow. */
  byte[] expiriesStart() {
    return ascii(prefix + ":e{");
  }

  byte[] end() {
    return END.clone();
  }

  /** What stands in braces. */
  byte[] name(StreamKey stream) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    append(bytes, stream);
    return bytes.toByteArray();
  }

  private byte[] key(String kind, StreamKey stream) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(ascii(prefix + ":" + kind + "{"));
    append(bytes, stream);
    bytes.writeBytes(END);
    return bytes.toByteArray();
  }

  private byte[] start(String kind, String tenant) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(ascii(prefix + ":" + kind + "{"));
    bytes.writeBytes(escaped(tenant));
    bytes.write('/');
    return bytes.toByteArray();
  }

  private static void append(ByteArrayOutputStream bytes, StreamKey stream) {
    bytes.writeBytes(escaped(stream.tenant()));
    bytes.write('/');
    bytes.writeBytes(escaped(stream.name()));
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
