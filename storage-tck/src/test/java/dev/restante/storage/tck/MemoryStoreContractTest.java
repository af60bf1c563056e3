package dev.restante.storage.tck;

import dev.restante.storage.Storage;
import dev.restante.storage.memory.MemoryStorage;

final class MemoryStoreContractTest extends StoreContract {
  private final StoreHarness harness =
      new StoreHarness() {
        private Storage storage = MemoryStorage.create();

        @Override
        public Storage storage() {
          return storage;
        }

        @Override
        public String engine() {
          return "this process";
        }

        @Override
        public void wipe() {
          storage = MemoryStorage.create();
        }
      };

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
