package dev.restante.storage.rocksdb;

import dev.restante.storage.Storage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;

/** The contract where nothing is remembered of any stream: every head comes from the disk. */
final class ForgetfulContractTest extends StoreContract {
  private static final AtomicInteger PLACES = new AtomicInteger();
  @TempDir static Path folder;

  private final StoreHarness harness =
      new StoreHarness() {
        private Path place = folder.resolve("none");

        @Override
        public Storage storage() {
          return RocksStorage.at(place).remembering(0);
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
