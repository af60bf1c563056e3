package dev.restante.benchmarks;

import dev.restante.storage.redis.RedisStorage;
import dev.restante.testredis.RedisCluster;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A Redis Cluster of the harness's own, three masters without replicas, each set as {@link
 * RedisServer} is. A node that a busy machine keeps from answering is not given up soon.
 */
final class RedisClusterServer implements AutoCloseable {
  private static final List<String> SETTINGS =
      Stream.concat(RedisServer.SETTINGS.stream(), Stream.of("--cluster-node-timeout", "15000"))
          .toList();

  private final RedisCluster cluster;
  private final RedisClient client = RedisClient.create();

  RedisClusterServer(Path folder) {
    cluster = RedisCluster.start(folder, false, SETTINGS);
    client.setOptions(RedisStorage.clientOptions());
    cluster.masters().forEach(master -> Meter.server(master.handle()));
  }

  /** The settings, as the nodes were given them. */
  String settings() {
    return String.join(" ", SETTINGS);
  }

  /** The library's storage on this cluster. */
  RedisStorage storage() {
    return RedisStorage.cluster(cluster.uris());
  }

  /** With new connections, one to each master. */
  RedisClusterWriter writer(RedisKeys keys) {
    List<StatefulRedisConnection<byte[], byte[]>> masters = new ArrayList<>();
    for (String uri : cluster.uris()) {
      masters.add(client.connect(ByteArrayCodec.INSTANCE, RedisURI.create(uri)));
    }
    return new RedisClusterWriter(masters, keys);
  }

  @Override
  public void close() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    cluster.close();
  }
}
