package dev.restante.storage.jdbc;

import javax.sql.DataSource;

class PostgresRewindTest extends RewindRules {
  @Override
  DataSource newDatabase() {
    return PostgresServer.newDatabase();
  }

  @Override
  String numbersBeginAgain() {
    return "ALTER TABLE restante_stream ALTER COLUMN id RESTART";
  }
}
