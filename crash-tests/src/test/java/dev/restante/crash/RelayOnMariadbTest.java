package dev.restante.crash;

import dev.restante.testmariadb.MariadbProcess;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(
    value = "isThere",
    disabledReason = "MariaDB was left out of the build (-Drestante.mariadb=off)")
final class RelayOnMariadbTest extends RelayRules {
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static MariadbProcess server;

  static boolean isThere() {
    return MariadbProcess.isThere();
  }

  @BeforeAll
  static void start() {
    server = MariadbProcess.start(List.of("--max-connections=200"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  DataSource newDatabase() {
    String name = "relay_" + DATABASES.incrementAndGet();
    return pool(server.url(name) + "&createDatabaseIfNotExist=true", "root");
  }
}
