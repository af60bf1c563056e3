package dev.restante.benchmarks;

import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.EmbeddedStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The embedded store's file, with what is written by hand beside it. */
final class SqliteDatabase implements Database {
  private static final List<String> PRAGMAS =
      List.of(
          "journal_mode = WAL",
          "synchronous = FULL",
          "wal_autocheckpoint = 20000",
          "cache_size = -65536",
          "temp_store = MEMORY",
          "busy_timeout = 10000");

  private final Path file;

  SqliteDatabase(Path directory) throws IOException {
    Files.createDirectories(directory);
    file = directory.resolve("load-embedded.db").toAbsolutePath();
    for (String suffix : List.of("", "-wal", "-shm", "-journal", ".lock")) {
      Files.deleteIfExists(Path.of(file + suffix));
    }
  }

  static String settings() {
    return String.join("; ", PRAGMAS);
  }

  @Override
  public Storage storage() {
    return EmbeddedStorage.at(file);
  }

  @Override
  public Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try (Statement statement = connection.createStatement()) {
      for (String pragma : PRAGMAS) {
        statement.execute("PRAGMA " + pragma);
      }
    }
    return connection;
  }

  @Override
  public void createTables(String prefix) throws Exception {
    for (String statement : Definitions.of("sqlite", prefix).split(";", -1)) {
      if (!statement.isBlank()) {
        execute(statement);
      }
    }
  }

  @Override
  public RowWriter writer(String prefix, RowShape shape) throws SQLException {
    return new SqliteWriter(connect(), prefix, shape);
  }

  @Override
  public RowWriter bulkWriter(String prefix, RowShape shape) throws SQLException {
    Connection connection = connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA synchronous = OFF");
      statement.execute("PRAGMA cache_size = -1000000");
    }
    return new SqliteWriter(connection, prefix, shape);
  }

  @Override
  public void addStreams(String prefix, int kind, byte[] tenant, List<byte[]> names)
      throws SQLException {
    try (Connection connection = connect();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT OR IGNORE INTO "
                    + prefix
                    + "stream (kind, tenant, name) VALUES (?, ?, ?)")) {
      connection.setAutoCommit(false);
      for (byte[] name : names) {
        insert.setInt(1, kind);
        insert.setBytes(2, tenant);
        insert.setBytes(3, name);
        insert.executeUpdate();
      }
      connection.commit();
    }
  }

  @Override
  public DrainSql drainSql(String prefix) {
    return new DrainSql(
        DrainSql.PAGE.replace("${prefix}", prefix),
        DrainSql.LOG_PAGE.replace("${prefix}", prefix),
        false,
        """
        INSERT INTO ${prefix}record (stream_id, space, id, version, payload)
        VALUES (?, 'cursor', ?, ?, ?)
        ON CONFLICT (stream_id, space, id) DO UPDATE
          SET version = excluded.version, payload = excluded.payload
          WHERE version < excluded.version"""
            .replace("${prefix}", prefix),
        "DELETE FROM ${prefix}inbox WHERE stream_id = ? AND position <= ?"
            .replace("${prefix}", prefix),
        """
        INSERT INTO ${prefix}floor (stream_id, floor, ordinal, time_millis, removed)
        VALUES (?1, ?2, 0, 0, ?2)
        ON CONFLICT (stream_id) DO UPDATE SET floor = excluded.floor, removed = excluded.removed
          WHERE floor < excluded.floor"""
            .replace("${prefix}", prefix));
  }

  @Override
  public void settle() throws SQLException {
    execute("ANALYZE");
    settleRound();
  }

  /** Begins every round with an empty write-ahead log. */
  @Override
  public void settleRound() throws SQLException {
    execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  @Override
  public void close() {
    // Connections belong to whoever opened them.
  }
}
