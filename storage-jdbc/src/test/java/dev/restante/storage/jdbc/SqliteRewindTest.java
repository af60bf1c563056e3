package dev.restante.storage.jdbc;

import java.nio.file.Path;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

class SqliteRewindTest extends RewindRules {
  @TempDir Path folder;

  @Override
  DataSource newDatabase() {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(10_000);
    SQLiteDataSource dataSource = new SQLiteDataSource(config);
    dataSource.setUrl("jdbc:sqlite:" + folder.resolve("rewound.db"));
    return dataSource;
  }

  @Override
  String numbersBeginAgain() {
    return "DELETE FROM sqlite_sequence WHERE name = 'restante_stream'";
  }
}
