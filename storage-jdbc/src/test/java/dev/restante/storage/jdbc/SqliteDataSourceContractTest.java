package dev.restante.storage.jdbc;

import dev.restante.storage.Storage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** The contract on an SQLite database that the host manages through its own data source. */
final class SqliteDataSourceContractTest extends StoreContract {
  private static final AtomicInteger PLACES = new AtomicInteger();
  @TempDir static Path folder;

  private final StoreHarness harness =
      new StoreHarness() {
        private Path file = folder.resolve("none.db");

        @Override
        public Storage storage() {
          SQLiteConfig config = new SQLiteConfig();
          config.setJournalMode(SQLiteConfig.JournalMode.WAL);
          config.setBusyTimeout(10_000);
          SQLiteDataSource dataSource = new SQLiteDataSource(config);
          dataSource.setUrl("jdbc:sqlite:" + file);
          return JdbcStorage.on(dataSource);
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
