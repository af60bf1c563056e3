package dev.restante.benchmarks;

import java.sql.SQLException;

/**
 * Writes rows of the library's tables by hand, over one connection, for one thread. What was added
 * since the last commit becomes durable together.
 */
interface RowWriter extends AutoCloseable {
  void log(long stream, long seq, long timeMillis, byte[] payload) throws SQLException;

  void inbox(long stream, long position, long log, long seq) throws SQLException;

  void dedup(byte[] clientId, long sender, long log, long seq, long timeMillis) throws SQLException;

  void commit() throws SQLException;

  @Override
  void close() throws SQLException;
}
