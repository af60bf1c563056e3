package dev.restante.storage.jdbc;

import dev.restante.storage.Storage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** The contract on a real MariaDB; each test has tables of its own in one database. */
@NeedsMariadb
final class MariadbContractTest extends StoreContract {
  private static final AtomicInteger PLACES = new AtomicInteger();

  private static final class Holder {
    static final DataSource DATABASE = PostgresServer.pooled(MariadbServer.newDatabase());
  }

  private final StoreHarness harness =
      new StoreHarness() {
        private String prefix = "none_";

        @Override
        public Storage storage() {
          return JdbcStorage.on(Holder.DATABASE).withTablePrefix(prefix);
        }

        @Override
        public String engine() {
          return Product.of(Holder.DATABASE);
        }

        @Override
        public void wipe() {
          prefix = "place" + PLACES.incrementAndGet() + "_";
        }
      };

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
