package dev.restante.crash;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** One server, and a database for each test. */
final class RelayOnPostgresTest extends RelayRules {
  private static final String USER = "postgres";

  @TempDir private static Path folder;

  private static Postgres server;
  private static int databases;

  @BeforeAll
  static void start() {
    server = Postgres.start(folder.resolve("postgres"), Duration.ZERO);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  DataSource newDatabase() {
    String name = "relay" + ++databases;
    try (Connection connection = DriverManager.getConnection(server.url(), USER, "");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return pool(server.url(name), USER);
  }
}
