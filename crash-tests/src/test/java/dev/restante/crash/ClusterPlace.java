package dev.restante.crash;

import dev.restante.testredis.RedisCluster;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * A Redis Cluster in a storm. Its nodes tell clients where they are, so there is nothing in
 * between: what happens to a way happens at the server, to all nodes. A server that stands still
 * for longer than the others wait is replaced by its replica, and finds out when it goes on.
 *
 * <p>Each shard has its own kind of fault: the first is killed, the others stand still. A shard is
 * hurt only when its replica has everything, since one that is killed in the middle of its repair
 * has lost what no store can bring back.
 */
final class ClusterPlace implements StormPlace {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int KILLED = 0;

  private final RedisCluster cluster = RedisCluster.start(true, RedisProcess.DURABLE);
  private RedisProcess killed = cluster.masters().get(KILLED);
  private final RedisProcess[] halted = new RedisProcess[StormPlan.NODES];

  @Override
  public String url() {
    return ChildNode.WAITING + ChildNode.REDIS_CLUSTER + String.join(",", cluster.uris());
  }

  @Override
  public String url(int node) {
    return url();
  }

  /** At one server whose turn it is, if it answers. */
  @Override
  public void cut(int node) {
    RedisProcess server = cluster.masters().get(node);
    if (node != KILLED && halted[node] == null) {
      server.ask(commands -> commands.clientKill(KillArgs.Builder.typeNormal()));
    }
  }

  @Override
  public void halt(int node, boolean on) {
    if (node == KILLED) {
      return;
    }
    if (on) {
      awaitWhole(node);
      halted[node] = master(node);
      halted[node].signal("STOP");
    } else {
      halted[node].signal("CONT");
      awaitWhole(node);
      halted[node] = null;
    }
  }

  @Override
  public void kill() {
    awaitWhole(KILLED);
    killed = master(KILLED);
    killed.kill();
  }

  @Override
  public void startAgain() {
    killed.start();
    awaitWhole(KILLED);
  }

  private List<RedisProcess> pair(int shard) {
    return List.of(cluster.masters().get(shard), cluster.replicas().get(shard));
  }

  private RedisProcess master(int shard) {
    return pair(shard).stream()
        .filter(says("role:master"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("shard " + shard + " has no master"));
  }

  /** One of the two leads, the other follows it and has everything. */
  private void awaitWhole(int shard) {
    Awaitility.await("shard " + shard + " to be whole")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsInstanceOf(RedisException.class)
        .until(
            () ->
                pair(shard).stream().anyMatch(says("role:master").and(says("state=online")))
                    && pair(shard).stream().anyMatch(says("master_link_status:up")));
  }

  private static Predicate<RedisProcess> says(String what) {
    return server -> server.ask(commands -> commands.info("replication")).contains(what);
  }

  @Override
  public void close() {
    String epoch =
        cluster
            .masters()
            .get(KILLED)
            .ask(commands -> commands.clusterInfo())
            .replaceFirst("(?s).*cluster_current_epoch:(\\d+).*", "$1");
    System.out.printf(
        "redis cluster: %d failovers%n", Long.parseLong(epoch) - cluster.masters().size());
    cluster.close();
  }
}
