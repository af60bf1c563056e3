package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Backlogs in the tables of what is written by hand. */
final class SqlBacklogs implements BacklogAccess {
  private static final int ROWS_A_COMMIT = 5_000;
  private static final int CURSOR_BYTES = 9;
  private static final byte[] DEVICE = "phone".getBytes(US_ASCII);

  private final Database database;
  private final RowShape shape;
  private final DrainSql sql;
  private final BacklogWriter rows;

  SqlBacklogs(Database database, Population population, RowShape shape) {
    this.database = database;
    this.shape = shape;
    sql = database.drainSql(Database.RAW);
    rows = new BacklogWriter(population, ROWS_A_COMMIT);
  }

  @Override
  public List<Backlog> write(int count, int entries) throws Exception {
    List<Backlog> backlogs = rows.make(count);
    try (RowWriter writer = database.bulkWriter(Database.RAW, shape)) {
      rows.write(writer, backlogs, entries);
    }
    database.settleRound();
    return backlogs;
  }

  @Override
  public Reader reader() throws SQLException {
    return new SqlReader(database.connect());
  }

  @Override
  public Acknowledger acknowledger() throws SQLException {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    return sql.arrays() ? new ArrayAcknowledger(connection) : new RowAcknowledger(connection);
  }

  @Override
  public void close() {
    // Connections are closed by those who read and write.
  }

  private final class SqlReader implements Reader {
    private final Connection connection;
    private final PreparedStatement page;
    private final PreparedStatement logPage;

    SqlReader(Connection connection) throws SQLException {
      this.connection = connection;
      page = connection.prepareStatement(sql.page());
      logPage = connection.prepareStatement(sql.logPage());
    }

    /** Takes every value that the library takes, but does not decode payloads. */
    @Override
    public Page inbox(Backlog backlog, long after, int limit) throws SQLException {
      page.setLong(1, backlog.inbox());
      page.setLong(2, after);
      page.setInt(3, limit + 1);
      long last = after;
      List<Row> rows = new ArrayList<>(limit);
      try (ResultSet row = page.executeQuery()) {
        while (row.next()) {
          if (rows.size() == limit) {
            return new Page(rows, last, true);
          }
          last = row.getLong(1);
          rows.add(
              new Row(
                  row.getInt(2),
                  row.getInt(3),
                  row.getLong(4),
                  row.getLong(5),
                  row.getLong(8),
                  row.getLong(9),
                  row.getInt(10),
                  row.getBytes(11)));
        }
      }
      return new Page(rows, last, false);
    }

    @Override
    public Page log(long log, long after, int limit) throws SQLException {
      logPage.setLong(1, log);
      logPage.setLong(2, after);
      logPage.setInt(3, limit + 1);
      long last = after;
      List<Row> rows = new ArrayList<>(limit);
      try (ResultSet row = logPage.executeQuery()) {
        while (row.next()) {
          if (rows.size() == limit) {
            return new Page(rows, last, true);
          }
          last = row.getLong(1);
          rows.add(
              new Row(
                  0, 0, log, last, row.getLong(2), row.getLong(3), row.getInt(4), row.getBytes(5)));
        }
      }
      return new Page(rows, last, false);
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  /** What is read of an entry. */
  private record Row(
      int type,
      int inboxFormat,
      long log,
      long seq,
      long ordinal,
      long timeMillis,
      int logFormat,
      byte[] payload) {}

  /** One statement for all users of a commit, an array a column. */
  private final class ArrayAcknowledger implements Acknowledger {
    private final Connection connection;
    private final String cursors;
    private final String all;

    ArrayAcknowledger(Connection connection) {
      this.connection = connection;
      cursors = sql.raiseCursor();
      all = sql.raiseCursor() + ";\n" + sql.floor() + ";\n" + sql.trim();
    }

    @Override
    public void acknowledge(List<Progressed> moved) throws SQLException {
      int count = moved.size();
      long[] streams = moved.stream().mapToLong(user -> user.backlog().inbox()).toArray();
      long[] positions = moved.stream().mapToLong(Progressed::position).toArray();
      byte[][] devices = new byte[count][];
      byte[][] payloads = new byte[count][];
      for (int i = 0; i < count; i++) {
        devices[i] = DEVICE;
        payloads[i] = new byte[CURSOR_BYTES];
      }
      List<Progressed> done = moved.stream().filter(Progressed::done).toList();
      try (PreparedStatement statement =
          connection.prepareStatement(done.isEmpty() ? cursors : all)) {
        statement.setObject(1, streams);
        statement.setObject(2, devices);
        statement.setObject(3, positions);
        statement.setObject(4, payloads);
        if (!done.isEmpty()) {
          long[] doneStreams = done.stream().mapToLong(user -> user.backlog().inbox()).toArray();
          long[] donePositions = done.stream().mapToLong(Progressed::position).toArray();
          statement.setObject(5, doneStreams);
          statement.setObject(6, donePositions);
          statement.setObject(7, doneStreams);
          statement.setObject(8, donePositions);
        }
        statement.execute();
      }
      connection.commit();
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  /** A prepared statement for each row, in batches. */
  private final class RowAcknowledger implements Acknowledger {
    private final Connection connection;
    private final PreparedStatement cursor;
    private final PreparedStatement floor;
    private final PreparedStatement trim;

    RowAcknowledger(Connection connection) throws SQLException {
      this.connection = connection;
      cursor = connection.prepareStatement(sql.raiseCursor());
      floor = connection.prepareStatement(sql.floor());
      trim = connection.prepareStatement(sql.trim());
    }

    @Override
    public void acknowledge(List<Progressed> moved) throws SQLException {
      for (Progressed user : moved) {
        cursor.setLong(1, user.backlog().inbox());
        cursor.setBytes(2, DEVICE);
        cursor.setLong(3, user.position());
        cursor.setBytes(4, new byte[CURSOR_BYTES]);
        cursor.addBatch();
        if (user.done()) {
          remove(floor, user);
          remove(trim, user);
        }
      }
      cursor.executeBatch();
      floor.executeBatch();
      trim.executeBatch();
      connection.commit();
    }

    private void remove(PreparedStatement statement, Progressed user) throws SQLException {
      statement.setLong(1, user.backlog().inbox());
      statement.setLong(2, user.position());
      statement.addBatch();
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }
}
