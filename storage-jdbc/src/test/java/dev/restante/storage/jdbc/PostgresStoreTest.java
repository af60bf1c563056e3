package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class PostgresStoreTest extends StoreRules {
  private static final AtomicInteger PLACES = new AtomicInteger();
  private static final DataSource DATABASE = PostgresServer.newDatabase();

  @Override
  Storage newStorage() {
    return JdbcStorage.on(DATABASE).withTablePrefix("rules" + PLACES.incrementAndGet() + "_");
  }

  @Test
  void declaresWhatItIs() {
    assertThat(store.info().name()).isEqualTo("postgresql");
    assertThat(store.info().durability()).isEqualTo(Durability.LOCAL);
    assertThat(store.info().shared()).isTrue();
  }
}
