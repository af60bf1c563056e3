package dev.restante.crash;

import dev.restante.storage.Storage;
import dev.restante.storage.redis.RedisBus;
import dev.restante.storage.redis.RedisStorage;
import dev.restante.testredis.RedisCluster;
import dev.restante.testredis.RedisProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two nodes that tell each other over a Redis Cluster what they did. */
@Tag("O6")
@Timeout(300)
final class ClusterBusNodesTest {
  private static final String CHANNEL = "nodes";

  private RedisCluster cluster;
  private RedisProcess redis;
  private TwoNodesOnABus nodes;

  @BeforeEach
  void start() {
    cluster = RedisCluster.start(true, RedisProcess.DURABLE);
    redis = RedisProcess.start(RedisProcess.DURABLE);
    Storage store = RedisStorage.at(redis.uri());
    nodes = new TwoNodesOnABus(store, bus(), store, bus());
  }

  private RedisBus bus() {
    return RedisBus.cluster(cluster.uris()).withChannel(CHANNEL);
  }

  @AfterEach
  void stop() {
    nodes.close();
    redis.close();
    cluster.close();
  }

  @Test
  void afterAFailoverOfTheChannelsMasterTheyHearEachOtherAgain() throws Exception {
    int shard = RedisCluster.shardOf(CHANNEL);
    nodes.hearWithoutAPoll("Redis Cluster bus");
    nodes.hearBeforeAndAfter(
        () -> cluster.masters().get(shard).kill(), () -> cluster.awaitPromotion(shard));
  }
}
