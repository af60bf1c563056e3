package dev.restante.crash;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;

final class RelayOnPostgresTest extends RelayRules {
  @TempDir private Path folder;

  @Override
  DataSource newDatabase() {
    Postgres server = closedLater(Postgres.start(folder.resolve("postgres"), Duration.ZERO));
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.url());
    config.setUsername("postgres");
    config.setMaximumPoolSize(30);
    config.setConnectionTimeout(5000);
    config.setMinimumIdle(1);
    return closedLater(new HikariDataSource(config));
  }

  @Override
  boolean writesTogether() {
    return true;
  }

  @Override
  int transactions() {
    return 400;
  }
}
