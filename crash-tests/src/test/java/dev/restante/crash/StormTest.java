package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.crash.StormPlan.Kind;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes lose nothing while they, their store, their bus and the ways between are killed,
 * halted and cut.
 */
@Tag("M1")
@Tag("M2")
@Tag("M3")
@Tag("S2")
@Tag("O6")
@Tag("O8")
final class StormTest {
  private static final int SECONDS = Integer.getInteger("restante.storm.seconds", 30);

  @TempDir private Path folder;

  @Test
  void onPostgresql() throws Exception {
    judge(
        "postgresql",
        StormPlace.of(Postgres.start(folder.resolve("postgres"), Duration.ZERO)),
        SECONDS);
  }

  /** Commits wait for a replica, so that no failover loses them. */
  @Test
  void onARedisCluster() throws Exception {
    judge("redis cluster", new ClusterPlace(), SECONDS);
  }

  private void judge(String name, StormPlace place, int seconds) throws InterruptedException {
    StormPlan plan = StormPlan.of(KillPlan.askedSeed(), seconds * 1000);
    System.out.printf(
        "storm on %s: seed %d (replay with -Drestante.crash.seed=%d), %s%n",
        name, plan.seed(), plan.seed(), plan.counts());
    assertThat(plan.counts()).containsOnlyKeys(Kind.values());
    try (Storm storm = new Storm(place, folder, plan)) {
      Evidence evidence = storm.carryOut();
      assertThat(evidence.problems()).as("%s", plan).isEmpty();
      System.out.printf(
          "storm on %s: %d conflicts, %d unknown outcomes; %s%n",
          name,
          evidence.counter("conflicts"),
          evidence.counter("unknownCommits"),
          evidence.tally());
      assertThat(evidence.counter("accepted")).isGreaterThan(200);
      assertThat(evidence.counter("conflicts")).isPositive();
      assertThat(evidence.tally().killedWithSubmitsInFlight).isPositive();
      assertThat(evidence.tally().refusedUnavailable).isPositive();
      assertThat(evidence.tally().redelivered).isPositive();
    }
  }
}
