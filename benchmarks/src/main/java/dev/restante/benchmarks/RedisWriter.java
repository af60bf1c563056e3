package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The store's rows under keys of their own: lists of rows, a hash of remembered submits, and an
 * index by which the latter expire, with one member a commit. A commit is one script that looks at
 * heads and submits first, or the bare writes in a transaction of Redis.
 */
final class RedisWriter implements RowWriter {
  private static final int DIGEST_BYTES = 16;
  private static final int LOG_HEAD_BYTES = 13;
  private static final int PRELOAD_BATCH = 500;

  private final StatefulRedisConnection<byte[], byte[]> connection;
  private final RedisKeys keys;
  private final RawScript script;
  private final boolean bare;
  private final MessageDigest digest = sha256();
  private final Map<Long, Rows> logs = new LinkedHashMap<>();
  private final Map<Long, Rows> inboxes = new LinkedHashMap<>();
  private final IdentityHashMap<byte[], byte[]> submits = new IdentityHashMap<>();
  private long expiresAt;

  /** Rows of one stream, and the number that the first of them follows. */
  private record Rows(long head, List<byte[]> rows) {}

  /**
   * @param connection closed with the writer
   * @param bare whether nothing is looked at
   */
  RedisWriter(StatefulRedisConnection<byte[], byte[]> connection, RedisKeys keys, boolean bare) {
    this.connection = connection;
    this.keys = keys;
    this.bare = bare;
    script = new RawScript(connection, "raw_commit");
    connection.setAutoFlushCommands(!bare);
  }

  /** Puts messages in beforehand, and returns where their streams stand. */
  Streams preload(Population population, int messages, boolean logOnly) throws SQLException {
    Streams streams = new Streams(population);
    streams.number();
    streams.preload(this, population, messages, PRELOAD_BATCH, logOnly);
    return streams;
  }

  @Override
  public void log(long stream, long seq, long timeMillis, byte[] payload) {
    byte[] row = new byte[LOG_HEAD_BYTES + payload.length];
    ByteBuffer.wrap(row).putInt((int) seq).putLong(timeMillis).put((byte) 1).put(payload);
    add(logs, stream, seq, row);
  }

  @Override
  public void inbox(long stream, long position, long logStream, long seq) {
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

  @Override
  public void dedup(byte[] clientId, long sender, long logStream, long seq, long timeMillis) {
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
    submits.put(field, value);
  }

  @Override
  public void commit() throws SQLException {
    try {
      if (bare) {
        writeBare();
      } else {
        writeByScript();
      }
    } catch (Exception e) {
      throw new SQLException(e);
    }
    logs.clear();
    inboxes.clear();
    submits.clear();
  }

  private void writeBare() throws Exception {
    RedisAsyncCommands<byte[], byte[]> commands = connection.async();
    List<RedisFuture<?>> queued = new ArrayList<>();
    queued.add(commands.multi());
    logs.forEach((log, rows) -> queued.add(commands.rpush(keys.log(log), array(rows))));
    inboxes.forEach((inbox, rows) -> queued.add(commands.rpush(keys.inbox(inbox), array(rows))));
    if (!submits.isEmpty()) {
      queued.add(commands.hset(keys.submits(), submits));
      queued.add(commands.zadd(keys.expiries(), (double) expiresAt, index()));
    }
    RedisFuture<TransactionResult> end = commands.exec();
    connection.flushCommands();
    if (end.get().wasDiscarded()) {
      throw new IllegalStateException("the transaction was discarded");
    }
    for (RedisFuture<?> each : queued) {
      each.get();
    }
  }

  private static byte[][] array(Rows rows) {
    return rows.rows().toArray(byte[][]::new);
  }

  private void writeByScript() throws Exception {
    List<byte[]> named = new ArrayList<>();
    logs.keySet().forEach(log -> named.add(keys.log(log)));
    inboxes.keySet().forEach(inbox -> named.add(keys.inbox(inbox)));
    named.add(keys.submits());
    named.add(keys.expiries());
    List<byte[]> arguments = new ArrayList<>();
    ByteBuffer numbers = ByteBuffer.allocate(8 * (logs.size() + inboxes.size()));
    arguments.add(numbers.array());
    for (Map<Long, Rows> streams : List.of(logs, inboxes)) {
      for (Rows rows : streams.values()) {
        numbers.putInt((int) rows.head()).putInt(rows.rows().size());
        arguments.addAll(rows.rows());
      }
    }
    submits.forEach(
        (field, value) -> {
          arguments.add(field);
          arguments.add(value);
        });
    arguments.add(Long.toString(expiresAt).getBytes(US_ASCII));
    arguments.add(index());
    long outcome = script.number(named, arguments);
    if (outcome != 0) {
      throw new IllegalStateException("a conflict of kind " + outcome + " by hand");
    }
  }

  /** The submits of a commit expire together. */
  private byte[] index() {
    ByteBuffer index = ByteBuffer.allocate(DIGEST_BYTES * submits.size());
    submits.keySet().forEach(index::put);
    return index.array();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
