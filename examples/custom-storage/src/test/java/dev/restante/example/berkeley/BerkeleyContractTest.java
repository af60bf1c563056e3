package dev.restante.example.berkeley;

import dev.restante.storage.Storage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

// contract begins
final class BerkeleyContractTest extends StoreContract {
  @TempDir static Path folder;
  private static int runs;

  private final StoreHarness harness =
      new StoreHarness() {
        @Override
        public Storage storage() {
          return BerkeleyStorage.at(folder.resolve("run" + runs));
        }

        @Override
        public void wipe() {
          runs++;
        }
      };

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
// contract ends
