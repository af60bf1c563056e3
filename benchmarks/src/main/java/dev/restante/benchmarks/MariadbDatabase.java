package dev.restante.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.bus.LocalBus;
import dev.restante.bus.NodeBus;
import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.JdbcStorage;
import dev.restante.testmariadb.MariadbProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A MariaDB server of the harness's own, on this machine, with every commit forced to disk. */
final class MariadbDatabase implements ServerDatabase {
  private static final int POOL_SIZE = 16;
  private static final long POOL_PATIENCE_MILLIS = 5_000;

  /** How long what was replaced or removed may take to be forgotten, and how much may be left. */
  private static final long PURGE_NANOS = 60_000_000_000L;

  private static final long PURGE_POLL_NANOS = 50_000_000;
  private static final long PURGED = 10;

  private static final Map<String, String> SETTINGS = new LinkedHashMap<>();

  static {
    SETTINGS.put("innodb_flush_log_at_trx_commit", "1");
    SETTINGS.put("innodb_doublewrite", "ON");
    SETTINGS.put("innodb_buffer_pool_size", "2G");
    SETTINGS.put("innodb_log_file_size", "8G");
    SETTINGS.put("innodb_log_buffer_size", "64M");
    SETTINGS.put("max_allowed_packet", "64M");
    SETTINGS.put("max_connections", "100");
  }

  private final MariadbProcess server;
  private final String url;
  private final HikariDataSource pool;
  private final LocalBus bus = LocalBus.create();

  MariadbDatabase(Path directory) throws IOException {
    Path data = RocksWriter.emptied(directory.resolve("load-mariadb"));
    Path pid = directory.resolve("load-mariadb.pid");
    List<String> options = new ArrayList<>();
    options.add("--pid-file=" + pid);
    SETTINGS.forEach((name, value) -> options.add("--" + name.replace('_', '-') + "=" + value));
    server = MariadbProcess.start(data, options);
    ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).ifPresent(Meter::server);
    url = server.url("load") + "&createDatabaseIfNotExist=true";
    pool = newPool();
  }

  /** Whether the server was left in the build. */
  static boolean isThere() {
    return MariadbProcess.isThere();
  }

  @Override
  public HikariDataSource newPool() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(POOL_SIZE);
    config.setConnectionTimeout(POOL_PATIENCE_MILLIS);
    return new HikariDataSource(config);
  }

  /** MariaDB has nothing to tell nodes with. */
  @Override
  public NodeBus bus() {
    return bus;
  }

  @Override
  public String settings() throws SQLException {
    StringBuilder text = new StringBuilder();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String name : SETTINGS.keySet()) {
        try (ResultSet row = statement.executeQuery("SELECT @@" + name)) {
          row.next();
          text.append(name).append('=').append(row.getString(1)).append(' ');
        }
      }
      return text + "version=" + connection.getMetaData().getDatabaseProductVersion();
    }
  }

  @Override
  public Storage storage() {
    return JdbcStorage.on(pool);
  }

  /** At the isolation that the library asks for, with the bulk protocol for batches. */
  @Override
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(
        url
            + "&transactionIsolation=READ_COMMITTED&useServerPrepStmts=true&useBulkStmts=true"
            + "&allowMultiQueries=true");
  }

  @Override
  public void createTables(String prefix) throws Exception {
    execute(Definitions.of("mariadb", prefix));
  }

  @Override
  public RowWriter writer(String prefix, RowShape shape) throws SQLException {
    return new MariadbWriter(connect(), prefix, shape, true);
  }

  RowWriter rowsWriter(String prefix, RowShape shape) throws SQLException {
    return new MariadbWriter(connect(), prefix, shape, false);
  }

  @Override
  public RowWriter bulkWriter(String prefix, RowShape shape) throws SQLException {
    return writer(prefix, shape);
  }

  @Override
  public void addStreams(String prefix, int kind, byte[] tenant, List<byte[]> names)
      throws SQLException {
    try (Connection connection = connect();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT IGNORE INTO " + prefix + "stream (kind, tenant, name) VALUES (?, ?, ?)")) {
      connection.setAutoCommit(false);
      for (byte[] name : names) {
        insert.setInt(1, kind);
        insert.setBytes(2, tenant);
        insert.setBytes(3, name);
        insert.addBatch();
      }
      insert.executeBatch();
      connection.commit();
    }
  }

  /** In VALUES the name of a column stands for what was put into it just before. */
  @Override
  public DrainSql drainSql(String prefix) {
    return new DrainSql(
        DrainSql.PAGE.replace("${prefix}", prefix),
        DrainSql.LOG_PAGE.replace("${prefix}", prefix),
        false,
        """
        INSERT INTO ${prefix}record (stream_id, space, id, version, payload)
        VALUES (?, 'cursor', ?, ?, ?)
        ON DUPLICATE KEY UPDATE
          payload = IF(version < VALUES(version), VALUES(payload), payload),
          version = GREATEST(version, VALUES(version))"""
            .replace("${prefix}", prefix),
        "DELETE FROM ${prefix}inbox WHERE stream_id = ? AND position <= ?"
            .replace("${prefix}", prefix),
        """
        INSERT INTO ${prefix}floor (stream_id, floor, ordinal, time_millis, removed)
        VALUES (?, ?, 0, 0, floor)
        ON DUPLICATE KEY UPDATE
          floor = GREATEST(floor, VALUES(floor)), removed = GREATEST(removed, VALUES(removed))"""
            .replace("${prefix}", prefix));
  }

  @Override
  public void settle() throws SQLException {
    for (String table : MESSAGE_TABLES) {
      execute("ANALYZE TABLE " + LIBRARY + table);
    }
  }

  /**
   * What a round leaves to be purged is some fifth of the server's work for it, and would fall into
   * the next variant's. The redo log is large enough for a run.
   */
  @Override
  public void settleRound() throws SQLException {
    long deadline = System.nanoTime() + PURGE_NANOS;
    while (unpurged() > PURGED && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(PURGE_POLL_NANOS);
    }
  }

  private long unpurged() throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'")) {
      row.next();
      return row.getLong(2);
    }
  }

  @Override
  public void close() {
    pool.close();
    server.close();
  }
}
