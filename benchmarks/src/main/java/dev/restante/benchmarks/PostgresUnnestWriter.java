package dev.restante.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Rows as one array a column, the statements of a commit sent in one round trip. */
final class PostgresUnnestWriter implements RowWriter {
  private final Connection connection;
  private final String logSql;
  private final String restSql;
  private final Columns log = new Columns();
  private final Columns inbox = new Columns();
  private final Columns dedup = new Columns();

  PostgresUnnestWriter(Connection connection, String prefix, RowShape shape) throws SQLException {
    this.connection = connection;
    connection.setAutoCommit(false);
    logSql =
        "INSERT INTO %slog (stream_id, seq, ordinal, time_millis, format, payload) SELECT a, b, b, c, %d, d FROM unnest(?::int8[], ?::int8[], ?::int8[], ?::bytea[]) t(a, b, c, d)"
            .formatted(prefix, shape.logFormat());
    restSql =
        "; INSERT INTO %sinbox (stream_id, position, log_id, seq, type, format) SELECT a, b, c, d, %d, %d FROM unnest(?::int8[], ?::int8[], ?::int8[], ?::int8[]) t(a, b, c, d)"
                .formatted(prefix, shape.inboxType(), shape.inboxFormat())
            + "; INSERT INTO %sdedup (sender_id, log_id, hash, seq, time_millis, expires_at, client_id) SELECT * FROM unnest(?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::bytea[])"
                .formatted(prefix);
  }

  @Override
  public void log(long stream, long seq, long timeMillis, byte[] payload) {
    log.add(payload, stream, seq, timeMillis);
  }

  @Override
  public void inbox(long stream, long position, long logStream, long seq) {
    inbox.add(null, stream, position, logStream, seq);
  }

  @Override
  public void dedup(byte[] clientId, long sender, long logStream, long seq, long timeMillis) {
    dedup.add(
        RowShape.stored(clientId),
        sender,
        logStream,
        clientId[35] * 0x9E3779B97F4A7C15L,
        seq,
        timeMillis,
        timeMillis + RowShape.WINDOW_MILLIS);
  }

  @Override
  public void commit() throws SQLException {
    boolean all = inbox.count() > 0;
    try (PreparedStatement statement =
        connection.prepareStatement(all ? logSql + restSql : logSql)) {
      int index = log.bind(statement, 1, 3);
      if (all) {
        index = inbox.bind(statement, index, 4);
        dedup.bind(statement, index, 6);
      }
      statement.execute();
    }
    connection.commit();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  /** Columns of numbers, and at most one of bytes, which comes last. */
  private static final class Columns {
    private final List<long[]> numbers = new ArrayList<>();
    private final List<byte[]> bytes = new ArrayList<>();

    void add(byte @org.jspecify.annotations.Nullable [] value, long... row) {
      numbers.add(row);
      if (value != null) {
        bytes.add(value);
      }
    }

    int count() {
      return numbers.size();
    }

    int bind(PreparedStatement statement, int first, int width) throws SQLException {
      int index = first;
      for (int column = 0; column < width; column++) {
        long[] values = new long[numbers.size()];
        for (int row = 0; row < values.length; row++) {
          values[row] = numbers.get(row)[column];
        }
        statement.setObject(index++, values);
      }
      if (!bytes.isEmpty()) {
        statement.setObject(index++, bytes.toArray(byte[][]::new));
      }
      numbers.clear();
      bytes.clear();
      return index;
    }
  }
}
