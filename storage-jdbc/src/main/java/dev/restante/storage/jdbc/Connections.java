package dev.restante.storage.jdbc;

import java.sql.SQLException;

/** Where sessions come from. Safe for use by many threads. */
interface Connections extends AutoCloseable {
  /** A session for calls that only read. */
  Session reader() throws SQLException;

  /** A session for calls that write. */
  Session writer() throws SQLException;

  /**
   * Takes a session back.
   *
   * @param sound whether its connection is known to be in order; one that is not is never used
   *     again
   */
  void giveBack(Session session, boolean sound);

  /** Whether there may be several sessions at once, as far as is known. */
  boolean several();

  /** Closes what was opened here. Closing twice is harmless. */
  @Override
  void close();
}
