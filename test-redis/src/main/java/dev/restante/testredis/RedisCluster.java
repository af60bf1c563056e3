package dev.restante.testredis;

import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.SlotHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A real Redis Cluster of masters that have equal shares of the slots in their order, and of
 * replicas, each of them in a process of its own. It is soon out of patience with a node that is
 * gone. For one thread at a time.
 */
public final class RedisCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MASTERS = 3;

  /** Nobody is to be taken for dead and replaced because the machine stood still. */
  private static final class Shared {
    static final RedisCluster CLUSTER =
        start(
            true,
            Stream.concat(
                    RedisProcess.DURABLE.stream(), Stream.of("--cluster-node-timeout", "15000"))
                .toList());

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(CLUSTER::close));
    }
  }

  private final List<RedisProcess> masters = new ArrayList<>();
  private final List<RedisProcess> replicas = new ArrayList<>();

  private final Path within;

  private RedisCluster(Path within) {
    this.within = within;
  }

  /** One of three masters and three replicas, for all tests that do not harm it. */
  public static RedisCluster shared() {
    return Shared.CLUSTER;
  }

  /**
   * Starts three masters.
   *
   * @param replicated whether each has a replica
   * @param settings of each node
   */
  public static RedisCluster start(boolean replicated, List<String> settings) {
    return start(Path.of(System.getProperty("java.io.tmpdir")), replicated, settings);
  }

  /**
   * Starts three masters.
   *
   * @param within where each node has a new folder of its own, which goes when it is closed
   * @param replicated whether each has a replica
   * @param settings of each node, which win over this class's own
   */
  public static RedisCluster start(Path within, boolean replicated, List<String> settings) {
    RedisCluster started = new RedisCluster(within);
    try {
      started.launch(replicated, settings);
      return started;
    } catch (RuntimeException e) {
      started.close();
      throw e;
    }
  }

  private void launch(boolean replicated, List<String> settings) {
    List<String> all = new ArrayList<>();
    all.addAll(
        List.of(
            "--cluster-enabled", "yes",
            "--cluster-node-timeout", "1000",
            "--cluster-replica-validity-factor", "0",
            "--repl-diskless-sync-delay", "0"));
    all.addAll(settings);
    IntStream.range(0, MASTERS).forEach(i -> masters.add(node(all)));
    if (replicated) {
      IntStream.range(0, MASTERS).forEach(i -> replicas.add(node(all)));
    }
    RedisProcess first = masters.get(0);
    for (int i = 0; i < MASTERS; i++) {
      int[] slots =
          IntStream.range(
                  SlotHash.SLOT_COUNT * i / MASTERS, SlotHash.SLOT_COUNT * (i + 1) / MASTERS)
              .toArray();
      long epoch = i + 1L;
      masters.get(i).ask(commands -> commands.clusterSetConfigEpoch(epoch));
      masters.get(i).ask(commands -> commands.clusterAddSlots(slots));
    }
    nodes().stream()
        .filter(node -> node != first)
        .forEach(node -> node.ask(commands -> commands.clusterMeet("127.0.0.1", first.port())));
    nodes().forEach(node -> await(node, "cluster_known_nodes:" + nodes().size()));
    for (int i = 0; i < replicas.size(); i++) {
      String master = masters.get(i).ask(commands -> commands.clusterMyId());
      RedisProcess replica = replicas.get(i);
      awaitTrue(() -> "OK".equals(replica.ask(commands -> commands.clusterReplicate(master))));
    }
    nodes().forEach(node -> await(node, "cluster_state:ok"));
    nodes().forEach(node -> await(node, "cluster_size:" + MASTERS));
    for (RedisProcess replica : replicas) {
      awaitTrue(
          () ->
              replica
                  .ask(commands -> commands.info("replication"))
                  .contains("master_link_status:up"));
    }
    awaitTrue(() -> nodes().stream().allMatch(this::showsAllReplicas));
  }

  private RedisProcess node(List<String> settings) {
    try {
      Files.createDirectories(within);
      return RedisProcess.clusterNode(
          Files.createTempDirectory(within, "restante-redis"), settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean showsAllReplicas(RedisProcess node) {
    return node.ask(commands -> commands.clusterNodes())
            .lines()
            .filter(line -> line.contains("slave"))
            .count()
        == replicas.size();
  }

  private static void await(RedisProcess node, String said) {
    awaitTrue(() -> node.ask(commands -> commands.clusterInfo()).contains(said));
  }

  private static void awaitTrue(Callable<Boolean> happened) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptionsInstanceOf(RedisException.class)
        .until(happened);
  }

  /** Waits until a replica has taken its master's place, and all nodes that run say so. */
  public void awaitPromotion(int shard) {
    RedisProcess replica = replicas.get(shard);
    awaitTrue(() -> replica.ask(commands -> commands.clusterNodes()).contains("myself,master"));
    await(replica, "cluster_state:ok");
  }

  /** The masters, as they were when it was started. */
  public List<RedisProcess> masters() {
    return List.copyOf(masters);
  }

  /** Their replicas, in the same order. */
  public List<RedisProcess> replicas() {
    return List.copyOf(replicas);
  }

  /** All of them, masters first. */
  public List<RedisProcess> nodes() {
    List<RedisProcess> nodes = new ArrayList<>(masters);
    nodes.addAll(replicas);
    return nodes;
  }

  /** Where the masters are, as {@code RedisStorage} wants it. */
  public String[] uris() {
    return masters.stream().map(RedisProcess::uri).toArray(String[]::new);
  }

  /** Which master has a key, by its place in {@link #masters()}. */
  public static int shardOf(String key) {
    int slot = SlotHash.getSlot(key);
    return IntStream.range(0, MASTERS)
        .filter(i -> slot < SlotHash.SLOT_COUNT * (i + 1) / MASTERS)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    nodes().forEach(RedisProcess::close);
  }
}
