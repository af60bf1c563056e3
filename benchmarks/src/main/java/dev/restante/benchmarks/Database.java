package dev.restante.benchmarks;

import dev.restante.storage.Storage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A database of the harness's own, with the library's tables and, under other prefixes, tables of
 * the same definition for what is written by hand.
 */
interface Database extends AutoCloseable {
  /** The prefix of the library's tables. */
  String LIBRARY = "restante_";

  /** The prefix of the tables into which all rows are written by hand. */
  String RAW = "raw_";

  /** The prefix of the tables into which rows of the log alone are written by hand. */
  String RAW_LOG = "rawlog_";

  /** The tables that a message adds rows to. */
  List<String> MESSAGE_TABLES = List.of("log", "inbox", "dedup");

  /** The library's storage on this database. */
  Storage storage();

  /** A new connection that makes commits as durable as the library's. */
  Connection connect() throws SQLException;

  /** Creates tables of the library's definition. */
  void createTables(String prefix) throws Exception;

  /** A writer on a connection of its own. */
  RowWriter writer(String prefix, RowShape shape) throws SQLException;

  /** A writer for much at once, before anything is measured. */
  RowWriter bulkWriter(String prefix, RowShape shape) throws SQLException;

  /** Gives streams numbers, where they have none, in the order of the names. */
  void addStreams(String prefix, int kind, byte[] tenant, List<byte[]> names) throws SQLException;

  /** The statements of the drain by hand. */
  DrainSql drainSql(String prefix);

  /** Lets the database do now what it would do later: before the rounds. */
  void settle() throws SQLException;

  /** Forgets what the database counted so far, if it counts. */
  default void resetStatistics() throws SQLException {}

  /** As {@link #settle}, as far as it is cheap: before each round. */
  void settleRound() throws SQLException;

  @Override
  void close() throws Exception;

  /** Runs one statement on a connection of its own. */
  default void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The numbers of all streams of a kind, by name. */
  default Map<String, Long> streamIds(String prefix, int kind) throws SQLException {
    Map<String, Long> ids = new HashMap<>();
    try (Connection connection = connect();
        PreparedStatement query =
            connection.prepareStatement(
                "SELECT id, name FROM " + prefix + "stream WHERE kind = ?")) {
      query.setInt(1, kind);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          ids.put(
              new String(row.getBytes(2), java.nio.charset.StandardCharsets.UTF_8), row.getLong(1));
        }
      }
    }
    return ids;
  }

  /** What the library wrote into its own tables for a message that it accepted. */
  default RowShape rowShape() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT l.format, i.type, i.format FROM restante_inbox i JOIN restante_log l"
                    + " ON l.stream_id = i.log_id AND l.seq = i.seq LIMIT 1")) {
      if (!row.next()) {
        throw new IllegalStateException("the library wrote no inbox row");
      }
      return new RowShape(row.getInt(1), row.getInt(2), row.getInt(3));
    }
  }
}
