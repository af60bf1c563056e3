package dev.restante.storage.rocksdb;

import dev.restante.storage.Storage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;

/** The contract; each test has a folder of its own. */
final class RocksContractTest extends StoreContract {
  private static final AtomicInteger PLACES = new AtomicInteger();
  @TempDir static Path folder;

  private final StoreHarness harness =
      new StoreHarness() {
        private Path place = folder.resolve("none");

        @Override
        public Storage storage() {
          return RocksStorage.at(place);
        }

        @Override
        public String engine() {
          return "RocksDB " + RocksDB.rocksdbVersion();
        }

        @Override
        public void wipe() {
          place = folder.resolve("place" + PLACES.incrementAndGet());
        }
      };

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
