package dev.restante.crash;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Stores in a folder of the node's own. */
final class CrashOnFilesTest extends CrashRules {
  private static final int NODE_KILLS = 20;
  private static final int ROCKSDB_NODE_KILLS = 10;

  @Test
  void nodesOnTheEmbeddedStoreAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), NODE_KILLS, 0);
    Path journal = folder.resolve("journal");
    judge(
        "embedded", plan, new CrashRun(folder.resolve("store.db").toString(), null, journal, plan));
  }

  @Test
  void nodesOnRocksdbAreKilled() {
    KillPlan plan = KillPlan.of(KillPlan.askedSeed(), ROCKSDB_NODE_KILLS, 0);
    Path journal = folder.resolve("journal");
    String store = ChildNode.ROCKSDB + folder.resolve("store");
    judge("rocksdb", plan, new CrashRun(store, null, journal, plan));
  }
}
