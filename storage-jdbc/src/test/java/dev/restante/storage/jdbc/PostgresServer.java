package dev.restante.storage.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** One real PostgreSQL for all tests of this JVM; each test takes a database of its own. */
final class PostgresServer {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private PostgresServer() {}

  /** A machine with other work may need longer than 10 s, which is what libraries wait. */
  static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final class Holder {
    static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        // The builder's own defaults trade durability for speed; these are a server's.
        return EmbeddedPostgres.builder()
            .setPGStartupWait(PATIENCE)
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("max_connections", "200")
            .start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A new, empty database. */
  static PGSimpleDataSource newDatabase() {
    String name = "test_" + DATABASES.incrementAndGet();
    execute(Holder.SERVER.getPostgresDatabase(), "CREATE DATABASE " + name);
    return (PGSimpleDataSource) Holder.SERVER.getDatabase("postgres", name);
  }

  /** A pool as a host has it, closed with the JVM. */
  static HikariDataSource pooled(DataSource dataSource) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(dataSource);
    config.setMaximumPoolSize(30);
    config.setConnectionTimeout(5000);
    config.setMinimumIdle(1);
    return new HikariDataSource(config);
  }

  static void execute(DataSource dataSource, String sql) {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }
}
