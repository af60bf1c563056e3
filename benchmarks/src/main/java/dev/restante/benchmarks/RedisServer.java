package dev.restante.benchmarks;

import dev.restante.storage.redis.RedisStorage;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A Redis of the harness's own that forces each commit to its disk. It does not rewrite its file by
 * itself, so that no round has to bear a rewrite; there is room for all of a run.
 */
final class RedisServer implements AutoCloseable {
  static final List<String> SETTINGS =
      List.of(
          "--appendonly",
          "yes",
          "--appendfsync",
          "always",
          "--auto-aof-rewrite-percentage",
          "0",
          "--loglevel",
          "warning");

  private final RedisProcess process;
  private final RedisClient client;

  RedisServer(Path folder) {
    process = RedisProcess.start(folder, SETTINGS);
    client = RedisClient.create(process.uri());
    client.setOptions(RedisStorage.clientOptions());
    Meter.server(process.handle());
  }

  /** The settings, as the server was given them. */
  String settings() {
    return String.join(" ", SETTINGS);
  }

  /** The library's storage on this server. */
  RedisStorage storage() {
    return RedisStorage.at(process.uri());
  }

  /** A new connection for what is written by hand. */
  StatefulRedisConnection<byte[], byte[]> connect() {
    return client.connect(ByteArrayCodec.INSTANCE);
  }

  RedisWriter writer(RedisKeys keys, boolean bare) {
    return new RedisWriter(connect(), keys, bare);
  }

  @Override
  public void close() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    process.close();
  }
}
