package dev.restante.storage.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.ProxyConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * What a host's pool says of itself. How long a pool may let a call wait for a connection. No
 * connection means that nothing was written, and the core can say so, if it hears of it before it
 * gives the call up, which it does after one and a half times the call's limit. Otherwise it has to
 * call the outcome unknown.
 */
final class PoolPatience {
  /** The least that HikariCP takes. */
  private static final long LEAST_MILLIS = 250;

  private static final String HIKARI = "com.zaxxer.hikari.HikariDataSource";

  private PoolPatience() {}

  static long millis(Duration callTimeout) {
    return Math.max(LEAST_MILLIS, callTimeout.toMillis() / 2);
  }

  /** What is wrong with a host's pool, as far as it can be asked: other pools than HikariCP not. */
  static Optional<String> complaint(DataSource dataSource, Duration callTimeout) {
    long most = millis(callTimeout);
    long patience = isHikari(dataSource) ? hikariMillis(dataSource) : 0;
    return patience <= most
        ? Optional.empty()
        : Optional.of(
            ("The pool lets a call wait %d ms for a connection (connectionTimeout); with calls limited"
                    + " to %d ms it should be %d ms at most, or a message whose outcome is plain ends"
                    + " as one of unknown outcome")
                .formatted(patience, callTimeout.toMillis(), most));
  }

  /** Whether a pool has one connection only, as far as it can be asked. */
  static boolean isSingle(DataSource dataSource) {
    return isHikari(dataSource) && hikariSize(dataSource) == 1;
  }

  /**
   * Gives up a connection that was aborted. HikariCP would warn of a broken one if it were closed;
   * it takes one that is evicted for gone.
   */
  static void endOf(DataSource dataSource, Connection connection) throws SQLException {
    if (!isHikari(dataSource) || !isEvicted(dataSource, connection)) {
      connection.close();
    }
  }

  private static boolean isEvicted(DataSource dataSource, Connection connection) {
    if (connection instanceof ProxyConnection) {
      ((HikariDataSource) dataSource).evictConnection(connection);
      return true;
    }
    return false;
  }

  /** By name: the host need not have the class. */
  private static boolean isHikari(DataSource dataSource) {
    for (Class<?> type = dataSource.getClass(); type != null; type = type.getSuperclass()) {
      if (type.getName().equals(HIKARI)) {
        return true;
      }
    }
    return false;
  }

  private static int hikariSize(DataSource dataSource) {
    return ((HikariDataSource) dataSource).getMaximumPoolSize();
  }

  private static long hikariMillis(DataSource dataSource) {
    return ((HikariDataSource) dataSource).getConnectionTimeout();
  }
}
