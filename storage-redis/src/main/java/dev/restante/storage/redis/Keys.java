package dev.restante.storage.redis;

import dev.restante.storage.StreamKey;
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

  /** The submits that are remembered, of all logs: a hash. */
  byte[] submits() {
    return ascii(prefix + ":d");
  }

  /** Which of them expire when: a zset. */
  byte[] expiries() {
    return ascii(prefix + ":x");
  }

  /** The records of a partition: a hash. */
  byte[] records(StreamKey partition) {
    return key("r" + partition.kind().code(), partition);
  }

  /** The fields of {@link #records} in order: a zset. */
  byte[] order(StreamKey partition) {
    return key("o" + partition.kind().code(), partition);
  }

  /** Keys that nothing else uses. */
  byte[] probe(int number) {
    return ascii(prefix + ":probe{" + number + "}");
  }

  /** How all keys of logs of this tenant begin; the escaped name and {@link #end()} follow. */
  byte[] logStart(String tenant) {
    return start("l", tenant);
  }

  byte[] end() {
    return END.clone();
  }

  private byte[] key(String kind, StreamKey stream) {
    byte[] start = start(kind, stream.tenant());
    byte[] name = escaped(stream.name());
    byte[] key = Arrays.copyOf(start, start.length + name.length + 1);
    System.arraycopy(name, 0, key, start.length, name.length);
    key[key.length - 1] = '}';
    return key;
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
