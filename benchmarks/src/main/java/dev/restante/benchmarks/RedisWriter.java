package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The store's rows under keys of their own: lists of rows, a hash of remembered submits, and an
 * index by which the latter expire, with one member a commit. A commit is one script that looks at
 * heads and submits first, or the bare writes in a transaction of Redis.
 */
final class RedisWriter implements RowWriter {
  private final StatefulRedisConnection<byte[], byte[]> connection;
  private final RedisKeys keys;
  private final RawScript script;
  private final boolean bare;
  private final RedisBatch batch;

  /**
   * @param connection closed with the writer
   * @param bare whether nothing is looked at
   */
  RedisWriter(StatefulRedisConnection<byte[], byte[]> connection, RedisKeys keys, boolean bare) {
    this.connection = connection;
    this.keys = keys;
    this.bare = bare;
    batch = new RedisBatch(keys);
    script = new RawScript(connection, "raw_commit");
    connection.setAutoFlushCommands(!bare);
  }

  @Override
  public void log(long stream, long seq, long timeMillis, byte[] payload) {
    batch.log(stream, seq, timeMillis, payload);
  }

  @Override
  public void inbox(long stream, long position, long logStream, long seq) {
    batch.inbox(stream, position, logStream, seq);
  }

  @Override
  public void dedup(byte[] clientId, long sender, long logStream, long seq, long timeMillis) {
    batch.dedup(clientId, sender, logStream, seq, timeMillis);
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
    batch.clear();
  }

  private void writeBare() throws Exception {
    RedisAsyncCommands<byte[], byte[]> commands = connection.async();
    List<RedisFuture<?>> queued = new ArrayList<>();
    queued.add(commands.multi());
    batch.logs().forEach((log, rows) -> queued.add(commands.rpush(keys.log(log), rows.array())));
    batch
        .inboxes()
        .forEach((inbox, rows) -> queued.add(commands.rpush(keys.inbox(inbox), rows.array())));
    List<RedisBatch.Submit> submits = batch.submits();
    if (!submits.isEmpty()) {
      IdentityHashMap<byte[], byte[]> fields = new IdentityHashMap<>();
      submits.forEach(submit -> fields.put(submit.field(), submit.value()));
      queued.add(commands.hset(keys.submits(), fields));
      queued.add(
          commands.zadd(keys.expiries(), (double) batch.expiresAt(), RedisBatch.index(submits)));
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

  private void writeByScript() throws Exception {
    Map<Long, RedisBatch.Rows> logs = batch.logs();
    Map<Long, RedisBatch.Rows> inboxes = batch.inboxes();
    List<byte[]> named = new ArrayList<>();
    logs.keySet().forEach(log -> named.add(keys.log(log)));
    inboxes.keySet().forEach(inbox -> named.add(keys.inbox(inbox)));
    named.add(keys.submits());
    named.add(keys.expiries());
    List<byte[]> arguments = new ArrayList<>();
    ByteBuffer numbers = ByteBuffer.allocate(8 * (logs.size() + inboxes.size()));
    arguments.add(numbers.array());
    for (Map<Long, RedisBatch.Rows> streams : List.of(logs, inboxes)) {
      for (RedisBatch.Rows rows : streams.values()) {
        numbers.putInt((int) rows.head()).putInt(rows.rows().size());
        arguments.addAll(rows.rows());
      }
    }
    for (RedisBatch.Submit submit : batch.submits()) {
      arguments.add(submit.field());
      arguments.add(submit.value());
    }
    arguments.add(Long.toString(batch.expiresAt()).getBytes(US_ASCII));
    arguments.add(RedisBatch.index(batch.submits()));
    long outcome = script.number(named, arguments);
    if (outcome != 0) {
      throw new IllegalStateException("a conflict of kind " + outcome + " by hand");
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
