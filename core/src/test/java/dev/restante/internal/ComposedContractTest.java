package dev.restante.internal;

import dev.restante.storage.Storage;
import dev.restante.storage.memory.MemoryStorage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;

/**
 * The contract on stores that look like one, for everything but cursors and leases: of those less
 * is asked, since nothing is written together with them. Which stores they are does not matter to
 * what is between.
 */
final class ComposedContractTest extends StoreContract {
  private final StoreHarness harness =
      new StoreHarness() {
        private Storage storage = empty();

        @Override
        public Storage storage() {
          return storage;
        }

        @Override
        public String engine() {
          return "this process, cursors and leases in another store";
        }

        @Override
        public void wipe() {
          storage = empty();
        }

        private Storage empty() {
          Storage apart = MemoryStorage.create();
          return ComposedStorage.of(MemoryStorage.create(), apart, apart, System::nanoTime);
        }
      };

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
