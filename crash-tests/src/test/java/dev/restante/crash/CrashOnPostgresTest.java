package dev.restante.crash;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** PostgreSQL, which is killed as well. */
final class CrashOnPostgresTest extends CrashRules {
  private static final int NODE_KILLS = 20;
  private static final int DATABASE_KILLS = 3;

  @Test
  @Tag("O8")
  void nodesOnPostgresqlAndPostgresqlItselfAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), NODE_KILLS, DATABASE_KILLS);
    Path journal = folder.resolve("journal");
    try (Database database = Postgres.start(folder.resolve("postgres"), Duration.ofMillis(40))) {
      judgeWithDatabase("postgresql", plan, new CrashRun(database.url(), database, journal, plan));
    }
  }
}
