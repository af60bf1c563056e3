package dev.restante.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Rows by statements prepared once, in one transaction. */
final class SqliteWriter implements RowWriter {
  private final Connection connection;
  private final PreparedStatement log;
  private final PreparedStatement inbox;
  private final PreparedStatement dedup;

  SqliteWriter(Connection connection, String prefix, RowShape shape) throws SQLException {
    this.connection = connection;
    connection.setAutoCommit(false);
    log =
        connection.prepareStatement(
            "INSERT INTO %slog (stream_id, seq, ordinal, time_millis, format, payload) VALUES (?1, ?2, ?2, ?3, %d, ?4)"
                .formatted(prefix, shape.logFormat()));
    inbox =
        connection.prepareStatement(
            "INSERT INTO %sinbox (stream_id, position, log_id, seq, type, format) VALUES (?, ?, ?, ?, %d, %d)"
                .formatted(prefix, shape.inboxType(), shape.inboxFormat()));
    dedup =
        connection.prepareStatement(
            "INSERT INTO %sdedup (client_id, sender_id, log_id, hash, seq, time_millis, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
                .formatted(prefix));
  }

  @Override
  public void log(long stream, long seq, long timeMillis, byte[] payload) throws SQLException {
    log.setLong(1, stream);
    log.setLong(2, seq);
    log.setLong(3, timeMillis);
    log.setBytes(4, payload);
    log.executeUpdate();
  }

  @Override
  public void inbox(long stream, long position, long logStream, long seq) throws SQLException {
    inbox.setLong(1, stream);
    inbox.setLong(2, position);
    inbox.setLong(3, logStream);
    inbox.setLong(4, seq);
    inbox.executeUpdate();
  }

  @Override
  public void dedup(byte[] clientId, long sender, long logStream, long seq, long timeMillis)
      throws SQLException {
    dedup.setBytes(1, RowShape.stored(clientId));
    dedup.setLong(2, sender);
    dedup.setLong(3, logStream);
    dedup.setLong(4, clientId[35] * 0x9E3779B97F4A7C15L);
    dedup.setLong(5, seq);
    dedup.setLong(6, timeMillis);
    dedup.setLong(7, timeMillis + RowShape.WINDOW_MILLIS);
    dedup.executeUpdate();
  }

  @Override
  public void commit() throws SQLException {
    connection.commit();
  }

  @Override
  public void close() throws SQLException {
    log.close();
    inbox.close();
    dedup.close();
    connection.close();
  }
}
