package dev.restante.benchmarks;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The store's rows of one commit by hand, as Redis holds them. For one thread. */
final class RedisBatch {
  private static final int DIGEST_BYTES = 16;
  private static final int LOG_HEAD_BYTES = 13;

  private final RedisKeys keys;
  private final MessageDigest digest = sha256();
  private final Map<Long, Rows> logs = new LinkedHashMap<>();
  private final Map<Long, Rows> inboxes = new LinkedHashMap<>();
  private final List<Submit> submits = new ArrayList<>();
  private long expiresAt;

  /** Rows of one stream, and the number that the first of them follows. */
  record Rows(long head, List<byte[]> rows) {
    byte[][] array() {
      return rows.toArray(byte[][]::new);
    }
  }

  /** A submit that is remembered. */
  record Submit(long log, byte[] field, byte[] value) {}

  RedisBatch(RedisKeys keys) {
    this.keys = keys;
  }

  void log(long stream, long seq, long timeMillis, byte[] payload) {
    byte[] row = new byte[LOG_HEAD_BYTES + payload.length];
    ByteBuffer.wrap(row).putInt((int) seq).putLong(timeMillis).put((byte) 1).put(payload);
    add(logs, stream, seq, row);
  }

  void inbox(long stream, long position, long logStream, long seq) {
    byte[] name = keys.name(logStream);
    byte[] row = new byte[name.length + 8];
    ByteBuffer.wrap(row).putShort((short) name.length).putInt((int) seq).put(name);
    row[row.length - 2] = 1;
    row[row.length - 1] = 1;
    add(inboxes, stream, position, row);
  }

  private static void add(Map<Long, Rows> rows, long stream, long number, byte[] row) {
    rows.computeIfAbsent(stream, any -> new Rows(number - 1, new ArrayList<>(1))).rows().add(row);
  }

  void dedup(byte[] clientId, long sender, long logStream, long seq, long timeMillis) {
    expiresAt = timeMillis + RowShape.WINDOW_MILLIS;
    digest.update(keys.name(logStream));
    digest.update(keys.name(sender));
    byte[] field = Arrays.copyOf(digest.digest(clientId), DIGEST_BYTES);
    byte[] value = new byte[28];
    ByteBuffer.wrap(value)
        .putLong(expiresAt)
        .putLong(clientId[35] * 0x9E3779B97F4A7C15L)
        .putInt((int) seq)
        .putLong(timeMillis);
    submits.add(new Submit(logStream, field, value));
  }

  Map<Long, Rows> logs() {
    return logs;
  }

  Map<Long, Rows> inboxes() {
    return inboxes;
  }

  List<Submit> submits() {
    return submits;
  }

  long expiresAt() {
    return expiresAt;
  }

  /** Submits that expire together. */
  static byte[] index(List<Submit> submits) {
    ByteBuffer index = ByteBuffer.allocate(DIGEST_BYTES * submits.size());
    submits.forEach(submit -> index.put(submit.field()));
    return index.array();
  }

  void clear() {
    logs.clear();
    inboxes.clear();
    submits.clear();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
