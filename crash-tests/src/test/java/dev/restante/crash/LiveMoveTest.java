package dev.restante.crash;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.EmbeddedStorage;
import dev.restante.storage.jdbc.JdbcStorage;
import dev.restante.storage.redis.RedisStorage;
import dev.restante.testredis.RedisProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A live system changes its database under load, and loses and repeats nothing. */
@Tag("O5")
@Timeout(300)
final class LiveMoveTest {
  /** One for all: each moves what is in a database of its own. */
  private static Postgres postgres;

  @TempDir private Path folder;

  private final List<HikariDataSource> pools = new ArrayList<>();

  @BeforeAll
  static void start(@TempDir Path folder) {
    postgres = Postgres.start(folder.resolve("postgres"), Duration.ZERO);
  }

  @AfterEach
  void closePools() {
    pools.forEach(HikariDataSource::close);
  }

  @AfterAll
  static void stop() {
    postgres.close();
  }

  /** Makes a database, and says where it is. */
  private static String database(String name) throws SQLException {
    try (Connection connection = DriverManager.getConnection(postgres.url(), "postgres", "");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE live_" + name);
    }
    return postgres.url().replaceAll("/postgres$", "/live_" + name);
  }

  private Storage postgres(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername("postgres");
    config.setConnectionTimeout(5_000);
    HikariDataSource pool = new HikariDataSource(config);
    pools.add(pool);
    return JdbcStorage.on(pool);
  }

  @Test
  void fromEmbeddedToPostgresql() throws Exception {
    try (MovingSystem system = new MovingSystem("SQLite to PostgreSQL")) {
      system.node(EmbeddedStorage.at(folder.resolve("old.db")), postgres(database("new")));
      system.move();
    }
  }

  @Test
  void fromPostgresqlToRedisWithTwoNodes() throws Exception {
    try (RedisProcess redis = RedisProcess.start(folder.resolve("redis"), RedisProcess.DURABLE);
        MovingSystem system = new MovingSystem("PostgreSQL to Redis, two nodes")) {
      String old = database("old");
      system.node(postgres(old), RedisStorage.at(redis.uri()));
      system.node(postgres(old), RedisStorage.at(redis.uri()));
      system.move();
    }
  }
}
