package dev.restante.storage.jdbc;

import dev.restante.bus.NodeBus;
import dev.restante.storage.tck.BusContract;
import javax.sql.DataSource;

/** The contract of a bus on a real PostgreSQL, without a pool. */
final class PostgresBusContractTest extends BusContract {
  private static final DataSource DATABASE = PostgresServer.newDatabase();

  @Override
  protected NodeBus bus() {
    return PostgresBus.on(DATABASE);
  }

  /** A word of SQL is a name like any other. */
  @Override
  protected NodeBus another() {
    return PostgresBus.on(DATABASE).withChannel("select");
  }
}
