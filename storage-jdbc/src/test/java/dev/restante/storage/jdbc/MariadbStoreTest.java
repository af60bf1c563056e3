package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

@NeedsMariadb
class MariadbStoreTest extends StoreRules {
  private static final AtomicInteger PLACES = new AtomicInteger();

  private static final class Holder {
    static final DataSource DATABASE = MariadbServer.newDatabase();
  }

  @Override
  Storage newStorage() {
    return JdbcStorage.on(Holder.DATABASE)
        .withTablePrefix("rules" + PLACES.incrementAndGet() + "_");
  }

  @Test
  void declaresWhatItIs() {
    assertThat(store.info().name()).isEqualTo("mariadb");
    assertThat(store.info().durability()).isEqualTo(Durability.LOCAL);
    assertThat(store.info().shared()).isTrue();
    assertThat(store.info().maxPayloadBytes()).isBetween(7 << 20, 8 << 20);
  }

  @Test
  void whatIsNotForcedIsVolatile() {
    PostgresServer.execute(Holder.DATABASE, "SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    try (Store other = newStorage().open(CONTEXT)) {
      assertThat(other.info().durability()).isEqualTo(Durability.VOLATILE);
    } finally {
      PostgresServer.execute(Holder.DATABASE, "SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    }
  }
}
