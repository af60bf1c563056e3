package dev.restante.crash;

import java.nio.file.Path;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;

final class RelayOnPostgresTest extends RelayRules {
  @TempDir private Path folder;

  @Override
  DataSource newDatabase() {
    Postgres server = closedLater(Postgres.start(folder.resolve("postgres"), Duration.ZERO));
    return pool(server.url(), "postgres");
  }
}
