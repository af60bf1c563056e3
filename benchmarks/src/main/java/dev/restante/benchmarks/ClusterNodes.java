package dev.restante.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.restante.Counters;
import dev.restante.Restante;
import dev.restante.RestanteBuilder;
import dev.restante.RestanteOptions;
import dev.restante.storage.jdbc.JdbcStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Nodes with connections of their own on one database. They are made anew for each round: whoever
 * is alone in a round must not have others beside it, and whoever was idle in the round before
 * would begin with heads that are long past.
 */
final class ClusterNodes implements Nodes {
  private static final int TOUCHES = 3;

  private final ServerDatabase database;
  private final Population population;
  private final RestanteOptions options;
  private final int count;
  private final List<HikariDataSource> pools = new ArrayList<>();
  private final List<Restante> nodes = new ArrayList<>();
  private long seeds;
  private long touched;
  private long commits;
  private long conflicts;
  private long locked;

  ClusterNodes(ServerDatabase database, Population population, RestanteOptions options, int count) {
    this.database = database;
    this.population = population;
    this.options = options;
    this.count = count;
  }

  @Override
  public void prepare() throws Exception {
    for (int i = 0; i < count; i++) {
      HikariDataSource pool = database.newPool();
      pools.add(pool);
      RestanteBuilder builder = Restante.builder().storage(JdbcStorage.on(pool)).options(options);
      if (count > 1) {
        builder.bus(database.bus());
      }
      nodes.add(builder.build());
    }
    nodes.forEach(Population::awaitUp);
    // At the same time, as in the round, and often enough that they have met and know from each
    // other where the streams are: a node that has just begun is not what is measured.
    for (int i = 0; i < TOUCHES; i++) {
      touch();
    }
    database.settleRound();
    nodes.forEach(node -> count(node, -1));
  }

  private void touch() throws Exception {
    List<CompletableFuture<Void>> touching = new ArrayList<>();
    for (Restante node : nodes) {
      long seed = ++seeds;
      touching.add(
          CompletableFuture.runAsync(() -> population.touch(node, seed), ClusterNodes::begin));
      touched += population.conversations();
    }
    for (CompletableFuture<Void> each : touching) {
      each.get();
    }
  }

  private static void begin(Runnable task) {
    Thread thread = new Thread(task, "touching");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public Restante node() {
    return nodes.get(0);
  }

  @Override
  public Restante node(int producer) {
    return nodes.get(producer % count);
  }

  @Override
  public void finish() {
    for (Restante node : nodes) {
      count(node, 1);
      node.close();
    }
    nodes.clear();
    pools.forEach(HikariDataSource::close);
    pools.clear();
  }

  private void count(Restante node, int sign) {
    Counters counters = node.counters();
    commits += sign * counters.commits();
    conflicts += sign * counters.conflicts();
    locked += sign * counters.lockedCommits();
  }

  /** Messages written by preparing. */
  long touched() {
    return touched;
  }

  /** Commits of all nodes that succeeded, in all rounds. */
  long commits() {
    return commits;
  }

  /** Commits of all nodes that met another node, in all rounds. */
  long conflicts() {
    return conflicts;
  }

  /** Commits of all nodes that took a lock first, in all rounds. */
  long locked() {
    return locked;
  }
}
