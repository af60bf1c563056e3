package dev.restante.crash;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.internal.ComposedStorage;
import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.JdbcStorage;
import dev.restante.storage.redis.RedisStorage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;
import dev.restante.testredis.RedisProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract on PostgreSQL with the cursors in Redis, for everything but the cursors: of those
 * less is asked, since nothing is written together with them.
 */
final class CursorsInRedisContractTest extends StoreContract {
  private static final AtomicInteger PLACES = new AtomicInteger();
  @TempDir static Path folder;
  private static Postgres database;
  private static HikariDataSource pool;

  @BeforeAll
  static void start() {
    database = Postgres.start(folder.resolve("postgres"), Duration.ZERO);
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(database.url());
    config.setUsername("postgres");
    config.setConnectionTimeout(5_000);
    pool = new HikariDataSource(config);
  }

  @AfterAll
  static void stop() {
    pool.close();
    database.close();
  }

  private final StoreHarness harness =
      new StoreHarness() {
        private String prefix = "none";

        @Override
        public Storage storage() {
          return new ComposedStorage(
              JdbcStorage.on(pool).withTablePrefix(prefix + "_"),
              RedisStorage.at(RedisProcess.shared().uri()).withPrefix(prefix));
        }

        @Override
        public String engine() {
          try (Connection connection = pool.getConnection()) {
            return "PostgreSQL "
                + connection.getMetaData().getDatabaseProductVersion()
                + ", cursors in Redis "
                + RedisProcess.shared().version();
          } catch (SQLException e) {
            throw new AssertionError(e);
          }
        }

        @Override
        public void wipe() {
          prefix = "place" + PLACES.incrementAndGet();
        }
      };

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
