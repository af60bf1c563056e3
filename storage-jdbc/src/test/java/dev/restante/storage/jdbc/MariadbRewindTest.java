package dev.restante.storage.jdbc;

import javax.sql.DataSource;

@NeedsMariadb
class MariadbRewindTest extends RewindRules {
  @Override
  DataSource newDatabase() {
    return MariadbServer.newDatabase();
  }

  @Override
  String numbersBeginAgain() {
    return "TRUNCATE TABLE restante_stream";
  }
}
