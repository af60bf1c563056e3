package dev.restante.crash;

import dev.restante.testmongo.WireServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A server that speaks MongoDB's protocol. */
final class CrashOnMongoTest extends CrashRules {
  private static final int NODE_KILLS = 5;

  /**
   * The server is in this process and lives on. Nothing of its own makes a commit whole, so what a
   * node left in the middle of one the next one finishes or takes back.
   */
  @Test
  void nodesOnMongodbsProtocolAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), NODE_KILLS, 0);
    Path journal = folder.resolve("journal");
    String store = WireServer.shared().uri() + "/crash";
    CrashRun run = new CrashRun(store, null, journal, plan).onASlowStore();
    judge("mongodb, " + WireServer.NAME, plan, run);
  }
}
