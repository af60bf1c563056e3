package dev.restante.storage.jdbc;

import javax.sql.DataSource;

class PostgresSchemaTest extends SchemaRules {
  @Override
  DataSource newDatabase() {
    return PostgresServer.newDatabase();
  }

  @Override
  JdbcDatabase kind() {
    return JdbcDatabase.POSTGRESQL;
  }
}
