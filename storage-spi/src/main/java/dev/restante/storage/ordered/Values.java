package dev.restante.storage.ordered;

import static dev.restante.storage.ordered.Bytes.LONG;
import static dev.restante.storage.ordered.Bytes.SHORT;

import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Rows as bytes. */
final class Values {
  /** As much of a log row as a floor keeps: ordinal and time. */
  static final int LOG_HEAD = 2 * LONG;

  private static final int LOG_PAYLOAD = LOG_HEAD + SHORT;
  private static final int INBOX_LOG = 2 * SHORT;
  private static final int INBOX_SEQ = INBOX_LOG + LONG;
  private static final int INBOX_KEY = INBOX_SEQ + LONG;
  private static final int INBOX_TEXT = INBOX_KEY + SHORT;

  private Values() {}

  // ---- logs -------------------------------------------------------------------------------------

  static byte[] log(LogRow row) {
    byte[] bytes = new byte[LOG_PAYLOAD + row.payload().length];
    int at = Bytes.put(bytes, Bytes.put(bytes, 0, row.ordinal()), row.timeMillis());
    Bytes.put(bytes, Bytes.putShort(bytes, at, row.format()), row.payload());
    return bytes;
  }

  static LogRow log(long seq, byte[] bytes) {
    return new LogRow(
        seq, ordinal(bytes), timeMillis(bytes), Bytes.getShort(bytes, LOG_HEAD), payload(bytes));
  }

  static long ordinal(byte[] log) {
    return Bytes.getLong(log, 0);
  }

  static long timeMillis(byte[] log) {
    return Bytes.getLong(log, LONG);
  }

  private static byte[] payload(byte[] log) {
    return rest(log, LOG_PAYLOAD);
  }

  private static byte[] rest(byte[] bytes, int from) {
    return from == bytes.length ? Bytes.NOTHING : Arrays.copyOfRange(bytes, from, bytes.length);
  }

  // ---- inboxes ----------------------------------------------------------------------------------

  /** A key's length is stored plus one: none and an empty one are different. */
  static byte[] inbox(InboxRow row, long log, byte @Nullable [] key) {
    int keyLength = key == null ? 0 : key.length;
    byte[] bytes = new byte[INBOX_TEXT + keyLength + row.payload().length];
    Bytes.putShort(bytes, Bytes.putShort(bytes, 0, row.type()), row.format());
    Bytes.put(bytes, Bytes.put(bytes, INBOX_LOG, log), row.seq());
    int at = Bytes.putShort(bytes, INBOX_KEY, key == null ? 0 : keyLength + 1);
    Bytes.put(bytes, key == null ? at : Bytes.put(bytes, at, key), row.payload());
    return bytes;
  }

  static InboxRow inbox(long position, @Nullable StreamKey log, byte[] bytes) {
    int counted = Bytes.getShort(bytes, INBOX_KEY);
    int keyLength = Math.max(0, counted - 1);
    return new InboxRow(
        position,
        Bytes.getShort(bytes, 0),
        Bytes.getShort(bytes, SHORT),
        log,
        inboxSeq(bytes),
        counted == 0 ? null : Bytes.text(bytes, INBOX_TEXT, keyLength),
        rest(bytes, INBOX_TEXT + keyLength));
  }

  /** The number of the log referred to; 0 if none. */
  static long inboxLog(byte[] inbox) {
    return Bytes.getLong(inbox, INBOX_LOG);
  }

  static long inboxSeq(byte[] inbox) {
    return Bytes.getLong(inbox, INBOX_SEQ);
  }

  /** The compaction key; {@code null} if there is none. */
  static byte @Nullable [] inboxKey(byte[] inbox) {
    int counted = Bytes.getShort(inbox, INBOX_KEY);
    return counted == 0 ? null : Arrays.copyOfRange(inbox, INBOX_TEXT, INBOX_TEXT + counted - 1);
  }

  // ---- submits ----------------------------------------------------------------------------------

  static byte[] dedup(DedupRow row) {
    byte[] bytes = new byte[4 * LONG];
    int at = Bytes.put(bytes, Bytes.put(bytes, 0, row.draftHash()), row.seq());
    Bytes.put(bytes, Bytes.put(bytes, at, row.timeMillis()), row.expiresAtMillis());
    return bytes;
  }

  static DedupRow dedup(DedupKey key, byte[] bytes) {
    return new DedupRow(
        key,
        Bytes.getLong(bytes, 0),
        Bytes.getLong(bytes, LONG),
        Bytes.getLong(bytes, 2 * LONG),
        expiresAtMillis(bytes),
        false);
  }

  static long expiresAtMillis(byte[] dedup) {
    return Bytes.getLong(dedup, 3 * LONG);
  }

  // ---- records ----------------------------------------------------------------------------------

  static byte[] record(long version, byte[] payload) {
    byte[] bytes = new byte[LONG + payload.length];
    Bytes.put(bytes, Bytes.put(bytes, 0, version), payload);
    return bytes;
  }

  static long version(byte[] record) {
    return Bytes.getLong(record, 0);
  }

  static StoredRecord record(RecordKey key, byte[] bytes) {
    return new StoredRecord(key, version(bytes), rest(bytes, LONG));
  }
}
