package dev.restante.storage.jdbc;

import dev.restante.testmariadb.MariadbProcess;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.mariadb.jdbc.MariaDbDataSource;

/** One real MariaDB for all tests of this JVM; each test takes a database of its own. */
final class MariadbServer {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private MariadbServer() {}

  private static final class Holder {
    static final MariadbProcess SERVER =
        MariadbProcess.start(
            List.of(
                "--max-connections=200",
                "--max-allowed-packet=16M",
                // A text that a careless comparison would fold; the tables must not care.
                "--character-set-server=utf8mb4",
                "--collation-server=utf8mb4_general_ci"));
  }

  static boolean isThere() {
    return MariadbProcess.isThere();
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
      return new MariaDbDataSource(Holder.SERVER.url(database) + parameters);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
