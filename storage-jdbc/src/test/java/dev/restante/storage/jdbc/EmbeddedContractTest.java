package dev.restante.storage.jdbc;

import dev.restante.storage.Storage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** The contract on the embedded store; each test has a file of its own. */
final class EmbeddedContractTest extends StoreContract {
  private static final AtomicInteger PLACES = new AtomicInteger();
  @TempDir static Path folder;

  private final StoreHarness harness =
      new StoreHarness() {
        private Path file = folder.resolve("none.db");

        @Override
        public Storage storage() {
          return EmbeddedStorage.at(file);
        }

        @Override
        public String engine() {
          SQLiteDataSource nothing = new SQLiteDataSource();
          nothing.setUrl("jdbc:sqlite::memory:");
          return Product.of(nothing);
        }

        @Override
        public void wipe() {
          file = folder.resolve("place" + PLACES.incrementAndGet() + ".db");
        }
      };

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
