package dev.restante.storage.jdbc;

import dev.restante.storage.Storage;

/**
 * The adapter's own rules with statements that the server prepares: the driver's other protocol.
 */
@NeedsMariadb
class MariadbPreparedStoreTest extends StoreRules {
  @Override
  Storage newStorage() {
    return JdbcStorage.on(MariadbServer.newDatabase("&useServerPrepStmts=true"));
  }
}
