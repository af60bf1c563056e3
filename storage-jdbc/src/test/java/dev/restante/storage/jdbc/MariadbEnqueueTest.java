package dev.restante.storage.jdbc;

import javax.sql.DataSource;

@NeedsMariadb
class MariadbEnqueueTest extends ServerEnqueueRules {
  @Override
  DataSource newDatabase() {
    return MariadbServer.newDatabase();
  }
}
