package dev.restante.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Rows of a commit as INSERTs of many rows each, or in the bulk protocol, which sends a statement
 * once and all rows behind it.
 */
final class MariadbWriter implements RowWriter {
  private static final int ROWS_A_STATEMENT = 500;

  private final Connection connection;
  private final boolean bulk;
  private final Table log;
  private final Table inbox;
  private final Table dedup;

  MariadbWriter(Connection connection, String prefix, RowShape shape, boolean bulk)
      throws SQLException {
    this.connection = connection;
    this.bulk = bulk;
    connection.setAutoCommit(false);
    log =
        new Table(
            "INSERT INTO %slog (stream_id, seq, ordinal, time_millis, payload, format) VALUES "
                .formatted(prefix),
            "(?, ?, ?, ?, ?, %d)".formatted(shape.logFormat()));
    inbox =
        new Table(
            "INSERT INTO %sinbox (stream_id, position, log_id, seq, type, format) VALUES "
                .formatted(prefix),
            "(?, ?, ?, ?, %d, %d)".formatted(shape.inboxType(), shape.inboxFormat()));
    dedup =
        new Table(
            "INSERT INTO %sdedup (client_id, sender_id, log_id, hash, seq, time_millis, expires_at) VALUES "
                .formatted(prefix),
            "(?, ?, ?, ?, ?, ?, ?)");
  }

  @Override
  public void log(long stream, long seq, long timeMillis, byte[] payload) {
    log.rows.add(new Object[] {stream, seq, seq, timeMillis, payload});
  }

  @Override
  public void inbox(long stream, long position, long logStream, long seq) {
    inbox.rows.add(new Object[] {stream, position, logStream, seq});
  }

  @Override
  public void dedup(byte[] clientId, long sender, long logStream, long seq, long timeMillis) {
    dedup.rows.add(
        new Object[] {
          RowShape.stored(clientId),
          sender,
          logStream,
          clientId[35] * 0x9E3779B97F4A7C15L,
          seq,
          timeMillis,
          timeMillis + RowShape.WINDOW_MILLIS
        });
  }

  @Override
  public void commit() throws SQLException {
    log.write();
    inbox.write();
    dedup.write();
    connection.commit();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  private final class Table {
    private final String insert;
    private final String row;
    private final List<Object[]> rows = new ArrayList<>();

    Table(String insert, String row) {
      this.insert = insert;
      this.row = row;
    }

    void write() throws SQLException {
      if (bulk) {
        writeInBulk();
      } else {
        for (int first = 0; first < rows.size(); first += ROWS_A_STATEMENT) {
          write(rows.subList(first, Math.min(first + ROWS_A_STATEMENT, rows.size())));
        }
      }
      rows.clear();
    }

    private void writeInBulk() throws SQLException {
      if (rows.isEmpty()) {
        return;
      }
      try (PreparedStatement statement = connection.prepareStatement(insert + row)) {
        for (Object[] values : rows) {
          bind(statement, 1, values);
          statement.addBatch();
        }
        statement.executeBatch();
      }
    }

    private void write(List<Object[]> lot) throws SQLException {
      String sql = insert + String.join(",", Collections.nCopies(lot.size(), row));
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        int index = 1;
        for (Object[] values : lot) {
          index = bind(statement, index, values);
        }
        statement.executeUpdate();
      }
    }

    private int bind(PreparedStatement statement, int first, Object[] values) throws SQLException {
      int index = first;
      for (Object value : values) {
        if (value instanceof byte[] bytes) {
          statement.setBytes(index++, bytes);
        } else {
          statement.setLong(index++, (Long) value);
        }
      }
      return index;
    }
  }
}
