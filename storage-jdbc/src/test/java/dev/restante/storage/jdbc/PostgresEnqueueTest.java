package dev.restante.storage.jdbc;

import javax.sql.DataSource;

class PostgresEnqueueTest extends ServerEnqueueRules {
  @Override
  DataSource newDatabase() {
    return PostgresServer.newDatabase();
  }
}
