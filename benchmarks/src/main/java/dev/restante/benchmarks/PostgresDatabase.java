package dev.restante.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.bus.NodeBus;
import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.JdbcStorage;
import dev.restante.storage.jdbc.PostgresBus;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.postgresql.ds.PGSimpleDataSource;

/** A PostgreSQL server of the harness's own, on this machine, with every commit forced to disk. */
final class PostgresDatabase implements ServerDatabase {
  /** Of PostgreSQL, on a machine with other work. */
  private static final Duration STARTUP = Duration.ofMinutes(1);

  private static final int POOL_SIZE = 16;
  private static final long POOL_PATIENCE_MILLIS = 5_000;

  private static final Map<String, String> SETTINGS = new LinkedHashMap<>();

  static {
    // The starter of the server switches synchronous_commit off; all three are needed.
    SETTINGS.put("fsync", "on");
    SETTINGS.put("synchronous_commit", "on");
    SETTINGS.put("full_page_writes", "on");
    SETTINGS.put("shared_buffers", "2GB");
    SETTINGS.put("max_wal_size", "16GB");
    SETTINGS.put("checkpoint_timeout", "30min");
    SETTINGS.put("wal_buffers", "64MB");
    SETTINGS.put("max_connections", "100");
  }

  private final EmbeddedPostgres server;
  private final String url;
  private final HikariDataSource pool;
  private final boolean statistics;

  /**
   * @param statistics whether to count the server's time by statement
   */
  PostgresDatabase(Path directory, boolean statistics) throws IOException, SQLException {
    this.statistics = statistics;
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setPGStartupWait(STARTUP)
            .setDataDirectory(directory.resolve("load-postgresql"))
            .setCleanDataDirectory(true);
    SETTINGS.forEach(builder::setServerConfig);
    if (statistics) {
      builder.setServerConfig("shared_preload_libraries", "pg_stat_statements");
    }
    server = builder.start();
    long pid =
        Long.parseLong(
            Files.readAllLines(directory.resolve("load-postgresql/postmaster.pid")).get(0).strip());
    ProcessHandle.of(pid).ifPresent(Meter::server);
    url = server.getJdbcUrl("postgres", "postgres");
    pool = newPool();
    if (statistics) {
      execute("CREATE EXTENSION pg_stat_statements");
    }
  }

  @Override
  public void resetStatistics() throws SQLException {
    if (statistics) {
      execute("SELECT pg_stat_statements_reset()");
    }
  }

  /** Prints the statements that took the server longest, those written by hand among them. */
  void printStatistics(PrintStream out) throws SQLException {
    out.println("--- statements: total ms, calls, rows, ms a call");
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT total_exec_time + total_plan_time, calls, rows, mean_exec_time,"
                    + " left(regexp_replace(query, '\\s+', ' ', 'g'), 110)"
                    + " FROM pg_stat_statements ORDER BY 1 DESC LIMIT 25")) {
      while (row.next()) {
        out.printf(
            Locale.ROOT,
            "%,10.0f %,9d %,11d %9.3f  %s%n",
            row.getDouble(1),
            row.getLong(2),
            row.getLong(3),
            row.getDouble(4),
            row.getString(5));
      }
    }
  }

  @Override
  public HikariDataSource newPool() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(POOL_SIZE);
    config.setConnectionTimeout(POOL_PATIENCE_MILLIS);
    return new HikariDataSource(config);
  }

  @Override
  public NodeBus bus() {
    PGSimpleDataSource connections = new PGSimpleDataSource();
    connections.setUrl(url);
    return PostgresBus.on(connections);
  }

  @Override
  public String settings() throws SQLException {
    StringBuilder text = new StringBuilder();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String name : SETTINGS.keySet()) {
        try (ResultSet row = statement.executeQuery("SHOW " + name)) {
          row.next();
          text.append(name).append('=').append(row.getString(1)).append(' ');
        }
      }
      try (ResultSet row = statement.executeQuery("SHOW server_version")) {
        row.next();
        text.append("server_version=").append(row.getString(1));
      }
    }
    return text.toString();
  }

  @Override
  public Storage storage() {
    return JdbcStorage.on(pool);
  }

  /** With plans by index, as the library asks for them: the planner's own choice is slower here. */
  @Override
  public Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection(url);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;"
              + " SET enable_hashjoin = off; SET enable_mergejoin = off");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public void createTables(String prefix) throws Exception {
    execute(Definitions.of("postgresql", prefix));
  }

  @Override
  public RowWriter writer(String prefix, RowShape shape) throws SQLException {
    return new PostgresCopyWriter(connect(), prefix, shape);
  }

  @Override
  public RowWriter bulkWriter(String prefix, RowShape shape) throws SQLException {
    return new PostgresCopyWriter(connect(), prefix, shape);
  }

  RowWriter unnestWriter(String prefix, RowShape shape) throws SQLException {
    return new PostgresUnnestWriter(connect(), prefix, shape);
  }

  @Override
  public void addStreams(String prefix, int kind, byte[] tenant, List<byte[]> names)
      throws SQLException {
    try (Connection connection = connect();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO "
                    + prefix
                    + "stream (kind, tenant, name) SELECT ?, ?, n FROM unnest(?::bytea[])"
                    + " WITH ORDINALITY t(n, o) ORDER BY o ON CONFLICT DO NOTHING")) {
      insert.setInt(1, kind);
      insert.setBytes(2, tenant);
      insert.setObject(3, names.toArray(byte[][]::new));
      insert.executeUpdate();
    }
  }

  @Override
  public DrainSql drainSql(String prefix) {
    return new DrainSql(
        DrainSql.PAGE.replace("${prefix}", prefix),
        DrainSql.LOG_PAGE.replace("${prefix}", prefix),
        true,
        """
        INSERT INTO ${prefix}record AS r (stream_id, space, id, version, payload)
        SELECT s, 'cursor', i, v, p
          FROM unnest(?::int8[], ?::bytea[], ?::int8[], ?::bytea[]) t(s, i, v, p)
        ON CONFLICT (stream_id, space, id) DO UPDATE
          SET version = excluded.version, payload = excluded.payload
          WHERE r.version < excluded.version"""
            .replace("${prefix}", prefix),
        """
        DELETE FROM ${prefix}inbox i USING unnest(?::int8[], ?::int8[]) t(s, p)
        WHERE i.stream_id = t.s AND i.position <= t.p"""
            .replace("${prefix}", prefix),
        """
        INSERT INTO ${prefix}floor AS f (stream_id, floor, ordinal, time_millis, removed)
        SELECT s, p, 0, 0, p FROM unnest(?::int8[], ?::int8[]) t(s, p)
        ON CONFLICT (stream_id) DO UPDATE SET floor = excluded.floor, removed = excluded.removed
          WHERE f.floor < excluded.floor"""
            .replace("${prefix}", prefix));
  }

  @Override
  public void settle() throws SQLException {
    execute("VACUUM (ANALYZE)");
    execute("CHECKPOINT");
  }

  @Override
  public void settleRound() {
    // Nothing: no checkpoint falls due within a run.
  }

  @Override
  public void close() throws IOException, SQLException {
    pool.close();
    // Nobody needs the data any more, and the server is given only seconds to write them down.
    execute("ALTER SYSTEM SET fsync = off");
    execute("SELECT pg_reload_conf()");
    execute("CHECKPOINT");
    server.close();
  }
}
