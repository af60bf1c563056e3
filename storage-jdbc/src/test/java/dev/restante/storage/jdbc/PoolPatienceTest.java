package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static dev.restante.storage.jdbc.StoreRules.LOG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** Who gets no connection hears of it while it is still of use. */
@Tag("O8")
class PoolPatienceTest {
  private static final Duration LIMIT = Duration.ofSeconds(8);

  @TempDir Path folder;

  private static Effect effectOf(Store store) {
    return catchThrowableOfType(
            StoreException.class, () -> store.commit(logs(log(LOG, 1, false, "x"))))
        .effect();
  }

  @Test
  void aCommitToAServerThatIsGoneIsUnavailableWithinItsLimit() throws IOException {
    EmbeddedPostgres server =
        EmbeddedPostgres.builder().setPGStartupWait(PostgresServer.PATIENCE).start();
    String url = server.getJdbcUrl("postgres", "postgres");
    try (Store store =
        new JdbcStorageProvider()
            .create(Map.of("url", url, "poolSize", "2"))
            .open(new StoreContext(LIMIT))) {
      assertThat(store.commit(logs(log(LOG, 0, true, "x")))).isEqualTo(CommitOutcome.COMMITTED);
      server.close();
      // The first ones meet the connections that broke, the later ones a pool that has none.
      for (int i = 0; i < 4; i++) {
        long began = System.nanoTime();
        assertThat(effectOf(store)).isEqualTo(Effect.UNAVAILABLE);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LIMIT);
      }
    }
  }

  @Test
  void aHostsPoolThatWaitsLongerIsToldOf() {
    SQLiteDataSource file = new SQLiteDataSource();
    file.setUrl("jdbc:sqlite:" + folder.resolve("x.db"));
    HikariConfig config = new HikariConfig();
    config.setDataSource(file);
    config.setConnectionTimeout(2000);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      assertThat(PoolPatience.complaint(pool, Duration.ofSeconds(4))).isEmpty();
      assertThat(PoolPatience.complaint(pool, Duration.ofSeconds(3)))
          .hasValueSatisfying(
              text -> assertThat(text).contains("2000 ms", "3000 ms", "1500 ms at most"));
    }
    assertThat(PoolPatience.complaint(file, Duration.ofSeconds(1))).isEmpty();
    assertThat(PoolPatience.millis(Duration.ofMillis(100))).isEqualTo(250);
  }
}
