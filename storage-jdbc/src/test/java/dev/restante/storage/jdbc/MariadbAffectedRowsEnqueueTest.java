package dev.restante.storage.jdbc;

import javax.sql.DataSource;

/** The driver may be told to count only rows that really changed. */
@NeedsMariadb
class MariadbAffectedRowsEnqueueTest extends ServerEnqueueRules {
  @Override
  DataSource newDatabase() {
    return MariadbServer.newDatabase("&useAffectedRows=true&useServerPrepStmts=true");
  }
}
