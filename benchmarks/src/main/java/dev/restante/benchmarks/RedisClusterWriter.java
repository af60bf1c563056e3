package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.restante.testredis.RedisCluster;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * The store's rows on a cluster, under keys that lie in slots of their own. A commit is bare
 * writes, sent to all masters at once, one behind the other, and flushed and waited for once: Redis
 * has no transaction across slots, so what breaks off half-way stays half.
 */
final class RedisClusterWriter implements RowWriter {
  private final List<StatefulRedisConnection<byte[], byte[]>> masters;
  private final RedisKeys keys;
  private final RedisBatch batch;
  private final List<RedisFuture<?>> sent = new ArrayList<>();

  /**
   * @param masters connections in the order of {@link RedisCluster#masters()}, closed with the
   *     writer
   */
  RedisClusterWriter(List<StatefulRedisConnection<byte[], byte[]>> masters, RedisKeys keys) {
    this.masters = masters;
    this.keys = keys;
    batch = new RedisBatch(keys);
    masters.forEach(each -> each.setAutoFlushCommands(false));
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
    batch.logs().forEach((log, rows) -> append(keys.log(log), rows));
    batch.inboxes().forEach((inbox, rows) -> append(keys.inbox(inbox), rows));
    Map<Integer, List<RedisBatch.Submit>> parts = new LinkedHashMap<>();
    for (RedisBatch.Submit submit : batch.submits()) {
      parts.computeIfAbsent(RedisKeys.part(submit.log()), any -> new ArrayList<>(1)).add(submit);
    }
    parts.forEach(this::remember);
    masters.forEach(StatefulRedisConnection::flushCommands);
    try {
      for (RedisFuture<?> each : sent) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new SQLException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException(e);
    }
    sent.clear();
    batch.clear();
  }

  private void append(byte[] key, RedisBatch.Rows rows) {
    sent.add(master(key).rpush(key, rows.array()));
  }

  private void remember(int part, List<RedisBatch.Submit> submits) {
    IdentityHashMap<byte[], byte[]> fields = new IdentityHashMap<>();
    submits.forEach(submit -> fields.put(submit.field(), submit.value()));
    byte[] hash = keys.submits(part);
    byte[] expiries = keys.expiries(part);
    sent.add(master(hash).hset(hash, fields));
    sent.add(
        master(expiries).zadd(expiries, (double) batch.expiresAt(), RedisBatch.index(submits)));
  }

  private RedisAsyncCommands<byte[], byte[]> master(byte[] key) {
    return masters.get(RedisCluster.shardOf(new String(key, US_ASCII))).async();
  }

  @Override
  public void close() {
    masters.forEach(StatefulRedisConnection::close);
  }
}
