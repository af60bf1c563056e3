package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.crash.KillPlan.Victim;
import dev.restante.testmongo.WireServer;
import dev.restante.testredis.RedisCluster;
import dev.restante.testredis.RedisProcess;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes and databases that are killed at any moment lose nothing that they acknowledged. */
final class CrashTest {
  private static final int NODE_KILLS = 20;
  private static final int ROCKSDB_NODE_KILLS = 10;
  private static final int REDIS_NODE_KILLS = 8;
  private static final int CLUSTER_NODE_KILLS = 5;
  private static final int MONGO_NODE_KILLS = 5;
  private static final int DATABASE_KILLS = 3;

  @TempDir private Path folder;

  @AfterEach
  void killAll() {
    Child.killAll();
  }

  @Test
  @Tag("M1")
  @Tag("M2")
  @Tag("M3")
  @Tag("S2")
  void nodesOnTheEmbeddedStoreAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), NODE_KILLS, 0);
    Path journal = folder.resolve("journal");
    judge(
        "embedded", plan, new CrashRun(folder.resolve("store.db").toString(), null, journal, plan));
  }

  @Test
  @Tag("M1")
  @Tag("M2")
  @Tag("M3")
  @Tag("S2")
  void nodesOnRocksdbAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), ROCKSDB_NODE_KILLS, 0);
    Path journal = folder.resolve("journal");
    String store = ChildNode.ROCKSDB + folder.resolve("store");
    judge("rocksdb", plan, new CrashRun(store, null, journal, plan));
  }

  @Test
  @Tag("M1")
  @Tag("M2")
  @Tag("M3")
  @Tag("S2")
  @Tag("O8")
  void nodesOnPostgresqlAndPostgresqlItselfAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), NODE_KILLS, DATABASE_KILLS);
    Path journal = folder.resolve("journal");
    try (Database database = Postgres.start(folder.resolve("postgres"), Duration.ofMillis(40))) {
      judgeWithDatabase("postgresql", plan, new CrashRun(database.url(), database, journal, plan));
    }
  }

  @Test
  @Tag("M1")
  @Tag("M2")
  @Tag("M3")
  @Tag("S2")
  @Tag("O8")
  void nodesOnRedisAndRedisItselfAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), REDIS_NODE_KILLS, DATABASE_KILLS);
    Path journal = folder.resolve("journal");
    try (Database database = Redis.start(folder.resolve("redis"))) {
      judgeWithDatabase("redis", plan, new CrashRun(database.url(), database, journal, plan));
    }
  }

  /** Without replicas, so that what the masters force to their disks is all that there is. */
  @Test
  @Tag("M1")
  @Tag("M2")
  @Tag("M3")
  @Tag("S2")
  void nodesOnARedisClusterAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), CLUSTER_NODE_KILLS, 0);
    Path journal = folder.resolve("journal");
    try (RedisCluster cluster = RedisCluster.start(false, RedisProcess.DURABLE)) {
      String store = ChildNode.REDIS_CLUSTER + String.join(",", cluster.uris());
      judge("redis cluster", plan, new CrashRun(store, null, journal, plan).onASlowStore());
    }
  }

  /**
   * The server is in this process and lives on. Nothing of its own makes a commit whole, so what a
   * node left in the middle of one the next one finishes or takes back.
   */
  @Test
  @Tag("M1")
  @Tag("M2")
  @Tag("M3")
  @Tag("S2")
  void nodesOnMongodbsProtocolAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), MONGO_NODE_KILLS, 0);
    Path journal = folder.resolve("journal");
    String store = WireServer.shared().uri() + "/crash";
    CrashRun run = new CrashRun(store, null, journal, plan).onASlowStore();
    judge("mongodb, " + WireServer.NAME, plan, run);
  }

  private static void judgeWithDatabase(String name, KillPlan plan, CrashRun run) {
    Evidence evidence = judge(name, plan, run);
    assertThat(evidence.tally().refusedUnavailable).isPositive();
    assertThat(evidence.tally().refusedUnknown).isPositive();
  }

  private static Evidence judge(String name, KillPlan plan, CrashRun run) {
    System.out.printf(
        "%s: seed %d (replay with -Drestante.crash.seed=%d), %d kills of nodes, %d of databases%n",
        name,
        plan.seed(),
        plan.seed(),
        plan.count(Victim.NODE) + plan.count(Victim.NODE_BEGINNING) + plan.count(Victim.BOTH),
        plan.count(Victim.DATABASE)
            + plan.count(Victim.DATABASE_IN_COMMIT)
            + plan.count(Victim.BOTH));
    Evidence evidence = run.carryOut();
    assertThat(evidence.problems()).as("seed %d", plan.seed()).isEmpty();
    System.out.println(name + ": " + evidence.tally());
    assertThat(evidence.tally().killedWithSubmitsInFlight).isPositive();
    assertThat(evidence.tally().storedThough).isPositive();
    assertThat(evidence.tally().notStored).isPositive();
    assertThat(evidence.tally().redelivered).isPositive();
    return evidence;
  }
}
