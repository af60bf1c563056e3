package dev.restante.storage.jdbc;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.EnqueueSource;
import dev.restante.storage.EnqueueTable;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store on a data source of the host: PostgreSQL, MariaDB, or an SQLite database that the host
 * manages.
 *
 * <p>The database is told by what its driver says it is; an unknown one is an error. Each call of
 * the store borrows one connection and gives it back as it came: auto-commit, network time-out, and
 * every setting of the server's session. A pool with as many connections as threads call the store
 * (writers, readers and housekeepers: 8 by default) is enough; with fewer, calls wait for the pool.
 * Let the pool say that it has none after half of {@link StoreContext#callTimeout()} at the latest:
 * a caller who has given up before it does cannot tell that nothing was written. On servers
 * transactions run at READ COMMITTED, whatever the default is, with statement, lock and idle
 * time-outs from {@link StoreContext#callTimeout()}.
 *
 * <p>Immutable; safe for use by many threads. The data source stays the host's: nobody closes it
 * here.
 */
public final class JdbcStorage implements Storage {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcStorage.class);
  private static final Duration PRINTING = Duration.ofSeconds(30);

  private final Source source;
  private final String tablePrefix;
  private final SchemaMode schemaMode;
  private final int streamCacheSize;
  private final int cachedMessageBytes;

  /** Where connections come from. */
  interface Source {
    String description();

    DataSource open(Duration callTimeout);

    void close(DataSource dataSource);
  }

  private JdbcStorage(
      Source source,
      String tablePrefix,
      SchemaMode schemaMode,
      int streamCacheSize,
      int cachedMessageBytes) {
    this.source = source;
    this.tablePrefix = tablePrefix;
    this.schemaMode = schemaMode;
    this.streamCacheSize = streamCacheSize;
    this.cachedMessageBytes = cachedMessageBytes;
  }

  /** A store on a data source that the host owns, with tables named {@code restante_…}. */
  public static JdbcStorage on(DataSource dataSource) {
    return from(new HostSource(requireNonNull(dataSource, "dataSource")));
  }

  static JdbcStorage from(Source source) {
    return new JdbcStorage(
        source,
        Opening.DEFAULT_PREFIX,
        SchemaMode.MIGRATE,
        Opening.DEFAULT_STREAM_CACHE,
        Opening.DEFAULT_CACHED_MESSAGE_BYTES);
  }

  /**
   * The same with another prefix of table names: so that several stores fit in one database.
   *
   * @param prefix 1 to 32 of a-z, 0-9 and _
   * @throws IllegalArgumentException if it is anything else
   */
  public JdbcStorage withTablePrefix(String prefix) {
    return new JdbcStorage(
        source, Opening.checkedPrefix(prefix), schemaMode, streamCacheSize, cachedMessageBytes);
  }

  /** The same with another way of treating the schema on opening. */
  public JdbcStorage withSchema(SchemaMode mode) {
    return new JdbcStorage(
        source, tablePrefix, requireNonNull(mode, "mode"), streamCacheSize, cachedMessageBytes);
  }

  /**
   * The same with another size of the cache of stream numbers.
   *
   * @param streams how many streams (conversations and users) are remembered, 1,000 or more; each
   *     takes about 300 bytes, and 100 more where nodes meet on PostgreSQL. One that is forgotten
   *     costs a look-up. Default: 500,000
   * @throws IllegalArgumentException if it is less than 1,000
   */
  public JdbcStorage withStreamCacheSize(int streams) {
    if (streams < 1000) {
      throw new IllegalArgumentException("The stream cache needs 1,000 or more, not " + streams);
    }
    return new JdbcStorage(source, tablePrefix, schemaMode, streams, cachedMessageBytes);
  }

  /**
   * The same with more or less memory for messages that were read more than once, so that they are
   * not looked up again for each member of a group and each device. Used on PostgreSQL 15 or newer:
   * only there an answer shows whether what is remembered may have been lost meanwhile. {@link
   * Store#messageCache()} counts how often it helped.
   *
   * @param bytes the most that messages take in memory, about, 0 or more; with 0 none are
   *     remembered. One of more than 16 KiB never is. Default: 32 MiB
   * @throws IllegalArgumentException if it is negative
   */
  public JdbcStorage withCachedMessageBytes(int bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("The message cache needs 0 bytes or more, not " + bytes);
    }
    return new JdbcStorage(source, tablePrefix, schemaMode, streamCacheSize, bytes);
  }

  /**
   * The SQL that makes all tables in an empty database, to be run by hand or by the host's own
   * tool. Opening with {@link SchemaMode#VALIDATE} afterwards succeeds.
   *
   * @param tablePrefix the prefix of table names, as in {@link #withTablePrefix}
   */
  public static String printSchema(JdbcDatabase database, String tablePrefix) {
    Schema schema = new Schema(Opening.checkedPrefix(tablePrefix));
    return Schema.script(schema.statements(database, 0));
  }

  /**
   * The SQL that opening with {@link SchemaMode#MIGRATE} would run now, which it does not run;
   * empty if there is nothing to do.
   *
   * @throws StoreException as {@link #open} does
   */
  public String printPendingSchema() {
    DataSource dataSource = source.open(PRINTING);
    try {
      Dialect dialect = dialect(dataSource, PRINTING);
      Calls calls =
          new Calls(
              new PooledConnections(Jdbi.create(dataSource), dialect, true, () -> {}),
              dialect,
              new StreamIds(Opening.NO_STREAMS));
      Schema schema = new Schema(tablePrefix);
      List<String> statements =
          schema.statements(dialect.database(), schema.version(dialect, calls));
      return Schema.script(statements);
    } finally {
      source.close(dataSource);
    }
  }

  @Override
  public String description() {
    return source.description() + ", tables " + tablePrefix + "*";
  }

  /**
   * Where transactions of the host, on connections of this database, enqueue messages: a table
   * beside those of the store, with the same prefix and made in the same way. The messages
   * themselves may go to this store or to any other.
   *
   * <p>The connection must not be in auto-commit mode. It is given back as it came, with one row
   * more in its transaction, and need not be of this data source, if it leads to the same database.
   */
  public EnqueueSource<Connection> enqueueSource() {
    return new JdbcEnqueueSource(this, tablePrefix);
  }

  @Override
  public Store open(StoreContext context) {
    return opened(
        context,
        (connections, dialect) ->
            Opening.open(
                connections,
                dialect,
                tablePrefix,
                schemaMode,
                streamCacheSize,
                cachedMessageBytes,
                context.callTimeout()));
  }

  EnqueueTable openEnqueueTable(StoreContext context) {
    return opened(
        context,
        (connections, dialect) ->
            Opening.openEnqueueTable(connections, dialect, tablePrefix, schemaMode));
  }

  private <T> T opened(StoreContext context, BiFunction<Connections, Dialect, T> opening) {
    try {
      return openedUntold(context, opening);
    } catch (StoreException e) {
      throw Reason.toldBy(e);
    }
  }

  private <T> T openedUntold(StoreContext context, BiFunction<Connections, Dialect, T> opening) {
    DataSource dataSource = source.open(context.callTimeout());
    PoolPatience.complaint(dataSource, context.callTimeout()).ifPresent(LOG::warn);
    Dialect dialect;
    try {
      dialect = dialect(dataSource, context.callTimeout());
    } catch (RuntimeException e) {
      source.close(dataSource);
      throw e;
    }
    return opening.apply(
        new PooledConnections(
            Jdbi.create(dataSource),
            dialect,
            !PoolPatience.isSingle(dataSource),
            () -> source.close(dataSource)),
        dialect);
  }

  private Dialect dialect(DataSource dataSource, Duration callTimeout) {
    try (Connection connection = dataSource.getConnection()) {
      DatabaseMetaData server = connection.getMetaData();
      return switch (known(server.getDatabaseProductName())) {
        case POSTGRESQL ->
            new PostgresDialect(
                tablePrefix, callTimeout, PostgresDialect.tellsRecovery(connection));
        case MARIADB -> new MariadbDialect(tablePrefix, callTimeout);
        case SQLITE -> new SqliteDialect(tablePrefix);
      };
    } catch (SQLException e) {
      throw new StoreException(Effect.UNAVAILABLE, "No connection to " + description(), e);
    }
  }

  private static JdbcDatabase known(String product) {
    return JdbcDatabase.of(product)
        .orElseThrow(
            () ->
                new StoreException(
                    Effect.FAULT,
                    "The database calls itself %s; known are: %s"
                        .formatted(product, JdbcDatabase.known()),
                    null));
  }

  /** A data source may print its password, so only its class is told. */
  private record HostSource(DataSource dataSource) implements Source {
    @Override
    public String description() {
      return "JDBC data source " + dataSource.getClass().getSimpleName();
    }

    @Override
    public DataSource open(Duration callTimeout) {
      return dataSource;
    }

    @Override
    public void close(DataSource opened) {
      // It is the host's.
    }
  }
}
