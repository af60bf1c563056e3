package dev.restante.crash;

import dev.restante.testredis.RedisCluster;
import dev.restante.testredis.RedisProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Redis, which is killed as well, and a cluster. */
final class CrashOnRedisTest extends CrashRules {
  private static final int NODE_KILLS = 8;
  private static final int CLUSTER_NODE_KILLS = 5;
  private static final int DATABASE_KILLS = 3;

  @Test
  @Tag("O8")
  void nodesOnRedisAndRedisItselfAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), NODE_KILLS, DATABASE_KILLS);
    Path journal = folder.resolve("journal");
    try (Database database = Redis.start(folder.resolve("redis"))) {
      judgeWithDatabase("redis", plan, new CrashRun(database.url(), database, journal, plan));
    }
  }

  /** Without replicas, so that what the masters force to their disks is all that there is. */
  @Test
  void nodesOnARedisClusterAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), CLUSTER_NODE_KILLS, 0);
    Path journal = folder.resolve("journal");
    try (RedisCluster cluster = RedisCluster.start(false, RedisProcess.DURABLE)) {
      String store = ChildNode.REDIS_CLUSTER + String.join(",", cluster.uris());
      judge("redis cluster", plan, new CrashRun(store, null, journal, plan).onASlowStore());
    }
  }
}
