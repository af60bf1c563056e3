package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.DeviceId;
import dev.restante.crash.Journal.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes write to the same conversations and users in one store. */
final class TwoNodesTest {
  private static final int SECONDS = Integer.getInteger("restante.crash.seconds", 60);

  @TempDir private Path folder;

  @AfterEach
  void killAll() {
    Child.killAll();
  }

  @Test
  @Tag("M2")
  @Tag("M3")
  @Tag("S2")
  @Tag("O6")
  void nodesThatFightOnPostgresqlLeaveNoGapAndNobodyBehind() {
    try (Database database = Postgres.start(folder.resolve("postgres"), Duration.ZERO)) {
      fight("postgresql", database, SECONDS);
    }
  }

  /** Redis locks nothing: who comes too late looks and plans anew. */
  @Test
  @Tag("M2")
  @Tag("M3")
  @Tag("S2")
  @Tag("O6")
  void nodesThatFightOnRedisLeaveNoGapAndNobodyBehind() {
    try (Database database = Redis.start(folder.resolve("redis"))) {
      fight("redis", database, Math.max(6, SECONDS / 10));
    }
  }

  /** Each user's two devices are on different nodes. */
  private void fight(String name, Database database, int seconds) {
    long seed = KillPlan.askedSeed();
    Path one = folder.resolve("one");
    Path other = folder.resolve("other");
    CrashRun.prepare(database.url());
    Child first = Child.start(database.url(), one, seed, devices(0));
    Child second = Child.start(database.url(), other, seed + 1, devices(1));
    first.awaitNew(Kind.UP);
    second.awaitNew(Kind.UP);
    long began = System.nanoTime();
    first.run(seconds * 1000L);
    second.assertAlive();
    CrashRun.touch(ChildNode.stopFile(one));
    CrashRun.touch(ChildNode.stopFile(other));
    first.awaitNew(Kind.DRAINED);
    second.awaitNew(Kind.DRAINED);
    double took = (System.nanoTime() - began) / 1e9;
    CrashRun.touch(ChildNode.finishFile(one));
    CrashRun.touch(ChildNode.finishFile(other));
    assertThat(first.awaitEnd()).as("how the first node ended").isZero();
    assertThat(second.awaitEnd()).as("how the second node ended").isZero();
    judge(name, database, List.of(one, other), seconds, took);
  }

  /** Both nodes have devices of users of one device and of users of two. */
  private static List<DeviceId> devices(int node) {
    List<DeviceId> all = World.DEVICES;
    return node == 0
        ? List.of(all.get(0), all.get(1), all.get(5))
        : List.of(all.get(2), all.get(3), all.get(4));
  }

  private static void judge(
      String name, Database database, List<Path> journals, int seconds, double took) {
    Evidence evidence = new Evidence(CrashRun.logs(database.url()));
    journals.forEach(journal -> evidence.add(Journal.read(journal)));
    assertThat(evidence.problems()).isEmpty();
    journals.forEach(journal -> assertThat(CrashRun.errors(journal)).isEmpty());
    System.out.printf(
        "two nodes on %s: %.0f messages/s, %.0f entries delivered/s; %d commits, %d conflicts,"
            + " %d locked, %d with an unknown outcome%ntwo nodes: %s%n",
        name,
        evidence.counter("accepted") / took,
        evidence.counter("delivered") / took,
        evidence.counter("commits"),
        evidence.counter("conflicts"),
        evidence.counter("lockedCommits"),
        evidence.counter("unknownCommits"),
        evidence.tally());
    assertThat(evidence.counter("accepted")).isGreaterThan(seconds * 20L);
    assertThat(evidence.counter("conflicts")).isPositive();
    assertThat(evidence.tally().refusedUnknown).isZero();
  }
}
