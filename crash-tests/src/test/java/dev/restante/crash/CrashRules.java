package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.crash.KillPlan.Victim;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Nodes and databases that are killed at any moment lose nothing that they acknowledged. */
@Tag("M1")
@Tag("M2")
@Tag("M3")
@Tag("S2")
abstract class CrashRules {
  @TempDir Path folder;

  @AfterEach
  void killAll() {
    Child.killAll();
  }

  static void judgeWithDatabase(String name, KillPlan plan, CrashRun run) {
    assertThat(judge(name, plan, run).tally().missingWithDatabase()).isEmpty();
  }

  static Evidence judge(String name, KillPlan plan, CrashRun run) {
    System.out.printf(
        "%s: seed %d (replay with -Drestante.crash.seed=%d), %d kills of nodes, %d of databases%n",
        name,
        plan.seed(),
        plan.seed(),
        plan.count(Victim.NODE)
            + plan.count(Victim.NODE_IN_SUBMIT)
            + plan.count(Victim.NODE_BEGINNING)
            + plan.count(Victim.BOTH),
        plan.count(Victim.DATABASE)
            + plan.count(Victim.DATABASE_IN_COMMIT)
            + plan.count(Victim.BOTH));
    Evidence evidence = run.carryOut();
    assertThat(evidence.problems()).as("seed %d", plan.seed()).isEmpty();
    System.out.println(name + ": " + evidence.tally());
    assertThat(evidence.tally().missing()).isEmpty();
    return evidence;
  }
}
