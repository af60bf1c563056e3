package dev.restante.storage.jdbc;

import java.sql.SQLException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sessions on the host's data source; one connection is borrowed for each call. */
final class PooledConnections implements Connections {
  private static final Logger LOG = LoggerFactory.getLogger(PooledConnections.class);

  private final Jdbi jdbi;
  private final Dialect dialect;
  private final boolean several;
  private final Runnable onClose;

  PooledConnections(Jdbi jdbi, Dialect dialect, boolean several, Runnable onClose) {
    this.jdbi = jdbi;
    this.dialect = dialect;
    this.several = several;
    this.onClose = onClose;
  }

  @Override
  public Session reader() throws SQLException {
    Session session = new Session(jdbi.open(), false);
    try {
      dialect.enter(session);
      return session;
    } catch (SQLException | RuntimeException e) {
      giveBack(session, false);
      throw e;
    }
  }

  @Override
  public Session writer() throws SQLException {
    return reader();
  }

  @Override
  public void giveBack(Session session, boolean sound) {
    if (!sound || !left(session)) {
      abort(session);
    }
    try {
      session.handle().close();
    } catch (JdbiException e) {
      // The call is over and its outcome known; a pool drops a connection that fails to close.
      LOG.debug("A connection failed to close", e);
    }
  }

  private boolean left(Session session) {
    try {
      dialect.leave(session);
      return true;
    } catch (SQLException e) {
      LOG.debug("A connection could not be given back as it came", e);
      return false;
    }
  }

  private static void abort(Session session) {
    try {
      session.connection().abort(Runnable::run);
    } catch (SQLException e) {
      LOG.debug("A broken connection could not be aborted", e);
    }
  }

  @Override
  public boolean several() {
    return several;
  }

  @Override
  public void close() {
    onClose.run();
  }
}
