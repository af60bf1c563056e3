package dev.restante.storage.redis;

import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * How rows are packed. {@code common.lua} reads the same form: the first byte of a log row is less
 * than 128 and not 0, that of an inbox row 128 or greater.
 */
final class Rows {
  private static final int INBOX = 0x80;
  private static final int REFERS = 1;
  private static final int KEYED = 2;
  private static final int WIDE = 4;

  /** 128 bits of SHA-256 name a submit. */
  private static final int DIGEST_BYTES = 16;

  private Rows() {}

  /** Length of the meta; ordinal, time and format; payload. */
  static byte[] pack(LogRow row) {
    int meta =
        Bytes.varintSize(row.ordinal())
            + Bytes.varintSize(row.timeMillis())
            + Bytes.varintSize(row.format());
    byte[] packed = new byte[1 + meta + row.payload().length];
    packed[0] = (byte) meta;
    int at = Bytes.putVarint(packed, 1, row.ordinal());
    at = Bytes.putVarint(packed, at, row.timeMillis());
    at = Bytes.putVarint(packed, at, row.format());
    System.arraycopy(row.payload(), 0, packed, at, row.payload().length);
    return packed;
  }

  static LogRow logRow(long seq, byte[] packed) {
    Bytes.Reader from = new Bytes.Reader(packed, 1);
    long ordinal = from.varint();
    long timeMillis = from.varint();
    int format = (int) from.varint();
    return new LogRow(seq, ordinal, timeMillis, format, from.rest());
  }

  /** A head; the meta is that of the last log row there was, and empty for an inbox. */
  static StreamHead head(long head, long floor, byte[] meta) {
    if (meta.length == 0) {
      return head == 0 ? StreamHead.EMPTY : new StreamHead(head, 0, 0, floor);
    }
    Bytes.Reader from = new Bytes.Reader(meta, 1);
    long ordinal = from.varint();
    return new StreamHead(head, ordinal, from.varint(), floor);
  }

  /**
   * Flags; type and format, of a byte each or of two; if it refers to a log row: length and escaped
   * name of the log, length and bytes of the number; if it has a compaction key: length and key;
   * payload.
   */
  static byte[] pack(InboxRow row) {
    StreamKey log = row.log();
    String compaction = row.key();
    boolean wide = row.type() > 0xff || row.format() > 0xff;
    byte[] name = log == null ? new byte[0] : Keys.escaped(log.name());
    byte[] key = compaction == null ? new byte[0] : Utf8.encode(compaction);
    int seqBytes = (Long.SIZE - Long.numberOfLeadingZeros(row.seq()) + 7) / 8;
    ByteBuffer packed =
        ByteBuffer.allocate(
            1
                + (wide ? 4 : 2)
                + (log == null ? 0 : 2 + name.length + 1 + seqBytes)
                + (compaction == null ? 0 : 1 + key.length)
                + row.payload().length);
    packed.put(
        (byte)
            (INBOX
                | (log == null ? 0 : REFERS)
                | (compaction == null ? 0 : KEYED)
                | (wide ? WIDE : 0)));
    if (wide) {
      packed.putShort((short) row.type()).putShort((short) row.format());
    } else {
      packed.put((byte) row.type()).put((byte) row.format());
    }
    if (log != null) {
      packed.putShort((short) name.length).put(name).put((byte) seqBytes);
      packed.put(Bytes.fixed(row.seq()), Long.BYTES - seqBytes, seqBytes);
    }
    if (compaction != null) {
      packed.put((byte) key.length).put(key);
    }
    return packed.put(row.payload()).array();
  }

  static InboxRow inboxRow(String tenant, long position, byte[] packed) {
    Bytes.Reader from = new Bytes.Reader(packed, 0);
    int flags = from.unsigned();
    boolean wide = (flags & WIDE) != 0;
    int type = wide ? from.unsigned16() : from.unsigned();
    int format = wide ? from.unsigned16() : from.unsigned();
    StreamKey log = null;
    long seq = 0;
    if ((flags & REFERS) != 0) {
      int length = from.unsigned16();
      int start = from.at();
      from.text(length);
      log =
          StreamKey.log(tenant, Keys.unescaped(Arrays.copyOfRange(packed, start, start + length)));
      seq = from.big(from.unsigned());
    }
    String key = (flags & KEYED) != 0 ? from.text(from.unsigned()) : null;
    return new InboxRow(position, type, format, log, seq, key, from.rest());
  }

  /** Expiry; hash; number; time. The expiry comes first, for the scripts. */
  static byte[] pack(DedupRow row) {
    int head = 2 * Long.BYTES;
    byte[] packed =
        new byte[head + Bytes.varintSize(row.seq()) + Bytes.varintSize(row.timeMillis())];
    Bytes.putFixed(packed, 0, row.expiresAtMillis());
    Bytes.putFixed(packed, Long.BYTES, row.draftHash());
    int at = Bytes.putVarint(packed, head, row.seq());
    Bytes.putVarint(packed, at, row.timeMillis());
    return packed;
  }

  static DedupRow dedupRow(DedupKey key, byte[] packed) {
    Bytes.Reader from = new Bytes.Reader(packed, 2 * Long.BYTES);
    long seq = from.varint();
    return new DedupRow(
        key, Bytes.fixed(packed, Long.BYTES), seq, from.varint(), Bytes.fixed(packed, 0), false);
  }

  /** Names a submit. A digest, because log, sender and client id would take many times the room. */
  static byte[] field(DedupKey key) {
    MessageDigest digest = sha256();
    measured(digest, Utf8.encode(key.log().tenant()));
    measured(digest, Utf8.encode(key.log().name()));
    measured(digest, Utf8.encode(key.sender()));
    return Arrays.copyOf(digest.digest(Utf8.encode(key.clientId())), DIGEST_BYTES);
  }

  private static void measured(MessageDigest digest, byte[] part) {
    digest.update((byte) (part.length >> 8));
    digest.update((byte) part.length);
    digest.update(part);
  }

  /** A version, and behind it the payload. */
  static byte[] versioned(long version, byte[] payload) {
    byte[] packed = new byte[Long.BYTES + payload.length];
    Bytes.putFixed(packed, 0, version);
    System.arraycopy(payload, 0, packed, Long.BYTES, payload.length);
    return packed;
  }

  static StoredRecord storedRecord(RecordKey key, byte[] packed) {
    return new StoredRecord(
        key, Bytes.fixed(packed, 0), Arrays.copyOfRange(packed, Long.BYTES, packed.length));
  }

  /** Names a record within its partition: space, NUL, id. The order of ids is kept. */
  static byte[] field(String space, String id) {
    return Utf8.encode(space + '\0' + id);
  }

  /** The record that a field of a partition's hash names. */
  static RecordKey recordKey(StreamKey partition, byte[] field) {
    String text = Utf8.decode(field);
    int end = text.indexOf('\0');
    return new RecordKey(partition, text.substring(0, end), text.substring(end + 1));
  }

  /** The id in what {@link #field(String, String)} made. */
  static String id(String space, byte[] field) {
    return Utf8.decode(Arrays.copyOfRange(field, space.length() + 1, field.length));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
