package dev.restante.crash;

import java.nio.file.Path;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Host, store and relays share one file, which lets one of them write at a time. */
final class RelayOnSqliteTest extends RelayRules {
  @TempDir private Path folder;

  @Override
  DataSource newDatabase() {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.setBusyTimeout(30_000);
    SQLiteDataSource dataSource = new SQLiteDataSource(config);
    dataSource.setUrl("jdbc:sqlite:" + folder.resolve("host.db"));
    return dataSource;
  }

  @Override
  boolean writesTogether() {
    return false;
  }

  @Override
  int transactions() {
    return 50;
  }
}
