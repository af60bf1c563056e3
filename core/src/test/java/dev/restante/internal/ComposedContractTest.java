package dev.restante.internal;

import dev.restante.storage.Storage;
import dev.restante.storage.memory.MemoryStorage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;

/**
 * The contract on two stores that look like one, for everything but the cursors: of those less is
 * asked, since nothing is written together with them. Which stores they are does not matter to what
 * is between.
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
          return "this process, cursors in another store";
        }

        @Override
        public void wipe() {
          storage = empty();
        }

        private Storage empty() {
          return new ComposedStorage(
              MemoryStorage.create(), MemoryStorage.create(), System::nanoTime);
        }
      };

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
