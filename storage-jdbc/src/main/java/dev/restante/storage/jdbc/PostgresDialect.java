package dev.restante.storage.jdbc;

import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.Durability;
import dev.restante.storage.jdbc.Step.Expect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL. Rows travel as one array a column, and the statements of a commit as one text: the
 * driver sends them, with BEGIN, in one round trip, and COMMIT in a second.
 *
 * <p>Many rows for one table go by COPY instead, in two more round trips a table: it costs server
 * and driver a sixth less than arrays do (docs/benchmarks.md).
 *
 * <p>The host's connection may come with any defaults, so every transaction first sets its own, for
 * itself only: isolation, the mandatory time-outs, and plans that do not depend on what a table
 * looked like when it was empty (a generic plan by index; a scan of the table would be a surprise
 * that grows).
 */
final class PostgresDialect implements Dialect {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcStorage.class);

  /** The first half of the keys of advisory locks: {@code res}; the second is the prefix's. */
  static final int LOCK_SPACE = 0x72657300;

  private static final int LOCK_SPACE_SCHEMA = LOCK_SPACE + GuardLocks.COUNT;
  static final int LOCK_SPACE_TURN = LOCK_SPACE_SCHEMA + 1;
  private static final int LOCK_SPACE_ALONE = LOCK_SPACE_TURN + 1;

  /** Row by row, so in the order of the array. */
  private static final String GUARD_LOCKS =
      """
      SELECT CASE WHEN k.alone = 1 THEN pg_advisory_xact_lock(%1$d + k.lock, %2$d)
        ELSE pg_advisory_xact_lock_shared(%1$d + k.lock, %2$d) END
      FROM unnest(?::int2[], ?::int2[]) k(lock, alone)""";

  /**
   * What changes when committed rows could be gone. All of it is in the server's memory and costs
   * little to ask, so every transaction asks: a pool or a proxy leads to another server without an
   * error that anybody here would see.
   *
   * <ul>
   *   <li>Another server answers, or the same one after a restart, with data restored perhaps: then
   *       the time at which it was started is another one.
   *   <li>One of its processes crashed, and it recovered what was forced to the disk, as the same
   *       server that was started when it was: see {@link #RECOVERED}.
   *   <li>A table was restored, truncated or made anew, or is that of another database: then it
   *       lies in another file. (A {@code VACUUM FULL} moves it, too; forgetting costs a few
   *       look-ups.) That of the streams, which their numbers are from, and that of the logs.
   * </ul>
   */
  private static final String INCARNATION =
      "concat(extract(epoch FROM pg_postmaster_start_time()), '/', %2$s"
          + " pg_relation_filepath('%1$sstream'::regclass), '/',"
          + " pg_relation_filepath('%1$slog'::regclass))";

  /**
   * When the server last recovered from a crash: it drops its statistics then, and notes when. What
   * was committed with {@code synchronous_commit} off, be it by another writer, can be read before
   * it is on the disk; so a crash may take it from those who have read it, and give its number
   * again. An operator who resets these statistics makes nodes forget, no more.
   */
  private static final String RECOVERED =
      "extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time()), '/',";

  /** Before this version statistics are in a file, and to ask for them takes long. */
  private static final int RECOVERED_SINCE = 15;

  /** Where each transaction copies all statistics before it may ask for one, that is not asked. */
  private static final String TELLS_RECOVERY =
      """
      SELECT has_function_privilege('pg_stat_get_bgwriter_stat_reset_time()', 'EXECUTE')
        AND current_setting('stats_fetch_consistency') <> 'snapshot'""";

  /** A table without a file of its own, such as one that a host partitioned, has no place. */
  private static final String HAS_PLACE =
      """
      SELECT pg_stat_get_bgwriter_stat_reset_time() IS NOT NULL
        AND pg_relation_filepath('%1$sstream'::regclass) IS NOT NULL
        AND pg_relation_filepath('%1$slog'::regclass) IS NOT NULL""";

  static String incarnation(String tablePrefix, boolean tellsRecovery) {
    return INCARNATION.formatted(tablePrefix, tellsRecovery ? RECOVERED : "");
  }

  /**
   * Whether a server tells when it last recovered from a crash, to this user and at little cost.
   */
  static boolean tellsRecovery(Connection connection) throws SQLException {
    return connection.getMetaData().getDatabaseMajorVersion() >= RECOVERED_SINCE
        && isSo(connection, TELLS_RECOVERY);
  }

  private static boolean isSo(Connection connection, String question) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(question)) {
      return answer.next() && answer.getBoolean(1);
    }
  }

  /** The most pages that one sweep looks at, 8 KiB each, and how many with one statement. */
  private static final int SWEPT_PAGES = 4096;

  private static final int SWEPT_AT_ONCE = 256;

  /** From so many rows on, what COPY saves is more than what its round trips take. */
  static final int COPY_ROWS = 200;

  private final AtomicLong sweptTo = new AtomicLong(-1);
  private final String tablePrefix;
  private final Texts texts;
  private final Texts copies;
  private final String guardLocks;
  private final String turnLock;
  private final String aloneLock;
  private final String findAlone;
  private final String schemaLock;
  private final String incarnation;
  private final boolean tellsRecovery;
  private final String readPreface;
  private final String writePreface;
  private final int networkTimeoutMillis;
  private final int queryTimeoutSeconds;

  /**
   * @param tellsRecovery as {@link #tellsRecovery(Connection)} found
   */
  PostgresDialect(String tablePrefix, Duration callTimeout, boolean tellsRecovery) {
    this.tablePrefix = tablePrefix;
    this.tellsRecovery = tellsRecovery;
    guardLocks = GUARD_LOCKS.formatted(LOCK_SPACE, tablePrefix.hashCode());
    schemaLock = LOCK_SPACE_SCHEMA + ", " + tablePrefix.hashCode();
    texts = new Texts(tablePrefix, PostgresTexts.ALL);
    copies = new Texts(tablePrefix, PostgresTexts.COPIES);
    long millis = Math.max(2, Math.min(callTimeout.toMillis(), Integer.MAX_VALUE / 3));
    incarnation = incarnation(tablePrefix, tellsRecovery);
    // Who stands still in his turn loses it long before the others lose patience.
    long standstill = Math.max(1, 3 * Turns.longest(Duration.ofMillis(millis)).toMillis());
    // What is read along with a lock is as of before the wait.
    turnLock =
        """
        SELECT 1, CASE WHEN pg_try_advisory_xact_lock%2$s THEN false
            ELSE pg_advisory_xact_lock%2$s::text IS NOT NULL END,
          coalesce((SELECT max(n) FROM %3$smoved), 0),
          set_config('idle_in_transaction_session_timeout', '%1$d', true)"""
            .formatted(standstill, lockKey(LOCK_SPACE_TURN, tablePrefix), tablePrefix);
    aloneLock = turnLock + ", pg_advisory_xact_lock" + lockKey(LOCK_SPACE_ALONE, tablePrefix);
    // Looks only: it must neither keep others waiting nor wait itself.
    findAlone =
        "SELECT 1 WHERE NOT CASE WHEN pg_try_advisory_lock_shared%1$s THEN pg_advisory_unlock_shared%1$s ELSE false END"
            .formatted(lockKey(LOCK_SPACE_ALONE, tablePrefix));
    readPreface =
        """
        SELECT %3$s, set_config('statement_timeout', '%1$d', true),
          set_config('lock_timeout', '%2$d', true),
          set_config('idle_in_transaction_session_timeout', '%1$d', true),
          set_config('plan_cache_mode', 'force_generic_plan', true),
          set_config('enable_seqscan', 'off', true),
          set_config('enable_hashjoin', 'off', true),
          set_config('enable_mergejoin', 'off', true);
        """
            .formatted(millis, millis / 2, incarnation);
    writePreface = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;\n" + readPreface;
    // Later than the server's own limits and the driver's, which goes by whole seconds.
    networkTimeoutMillis = (int) (2 * millis + 2000);
    queryTimeoutSeconds = (int) ((millis + 999) / 1000);
  }

  /** Two installations in two schemas of one database have turns of their own. */
  static String lockKey(int space, String tablePrefix) {
    return "(%d, '%smoved'::regclass::oid::int)".formatted(space, tablePrefix);
  }

  @Override
  public JdbcDatabase database() {
    return JdbcDatabase.POSTGRESQL;
  }

  @Override
  public int maxPayloadBytes(Session session) {
    return SqlStore.MAX_PAYLOAD_BYTES;
  }

  @Override
  public boolean shared() {
    return true;
  }

  @Override
  public boolean countsChanges() {
    return true;
  }

  @Override
  public boolean takesTurns() {
    return true;
  }

  @Override
  public boolean provesIncarnation(Session session) throws SQLException {
    return tellsRecovery && isSo(session.connection(), HAS_PLACE.formatted(tablePrefix));
  }

  @Override
  public boolean numbersStreamsInCommit() {
    return false;
  }

  @Override
  public Durability durability(Session session) throws SQLException {
    try (PreparedStatement settings =
            session
                .connection()
                .prepareStatement(
                    "SELECT current_setting('fsync'), current_setting('synchronous_commit')");
        ResultSet row = settings.executeQuery()) {
      row.next();
      boolean forced = "on".equals(row.getString(1)) && !"off".equals(row.getString(2));
      if (!forced) {
        LOG.info(
            "fsync is {}, synchronous_commit is {}: commits are not on the disk when they are"
                + " answered, so the store declares VOLATILE",
            row.getString(1),
            row.getString(2));
      }
      return forced ? Durability.LOCAL : Durability.VOLATILE;
    }
  }

  @Override
  public void enter(Session session) throws SQLException {
    Connection connection = session.connection();
    session.cameWith(connection.getAutoCommit(), connection.getNetworkTimeout());
    if (!session.autoCommit()) {
      connection.setAutoCommit(true);
    }
    // The server ends a call in time; this one is for a server that is not there any more.
    connection.setNetworkTimeout(Runnable::run, networkTimeoutMillis);
  }

  @Override
  public void leave(Session session) throws SQLException {
    Connection connection = session.connection();
    connection.setNetworkTimeout(Runnable::run, session.networkTimeoutMillis());
    if (connection.getAutoCommit() != session.autoCommit()) {
      connection.setAutoCommit(session.autoCommit());
    }
  }

  @Override
  public void begin(Session session) throws SQLException {
    session.connection().setAutoCommit(false);
    session.inTransaction(true);
  }

  @Override
  public void commit(Session session) throws SQLException {
    session.connection().commit();
    ended(session);
  }

  @Override
  public void rollback(Session session) throws SQLException {
    session.connection().rollback();
    ended(session);
  }

  private static void ended(Session session) throws SQLException {
    session.inTransaction(false);
    session.connection().setAutoCommit(true);
  }

  @Override
  public Optional<Cause> run(Session session, List<Step> steps) throws SQLException {
    try {
      Optional<Cause> failed = Optional.empty();
      int done = 0;
      do {
        int copy = done;
        while (copy < steps.size() && !isCopied(session, steps.get(copy))) {
          copy++;
        }
        failed = runText(session, steps.subList(done, copy));
        for (done = copy; failed.isEmpty() && done < steps.size(); done++) {
          if (!isCopied(session, steps.get(done))) {
            break;
          }
          copy(session, steps.get(done));
        }
      } while (failed.isEmpty() && done < steps.size());
      return failed;
    } catch (SQLException e) {
      if (classify(e) == Failure.TAKEN) {
        return Optional.of(taken(e));
      }
      throw e;
    }
  }

  private static boolean isCopied(Session session, Step step) throws SQLException {
    return step.rows().count() >= COPY_ROWS
        && PostgresTexts.COPIES.containsKey(step.op())
        && session.connection().isWrapperFor(PGConnection.class);
  }

  private void copy(Session session, Step step) throws SQLException {
    CopyIn copy =
        session.connection().unwrap(PGConnection.class).getCopyAPI().copyIn(copies.of(step.op()));
    try {
      CopyFormat.write(step.rows(), (bytes, length) -> copy.writeToCopy(bytes, 0, length));
      copy.endCopy();
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }

  /** Steps as one text; with none it is the preface that goes ahead of a COPY. */
  private Optional<Cause> runText(Session session, List<Step> steps) throws SQLException {
    StringBuilder sql = new StringBuilder(4096);
    for (Step step : steps) {
      sql.append(text(step.op())).append(";\n");
    }
    return execute(
        session,
        steps.isEmpty() ? "SELECT 1" : sql.toString(),
        statement -> {
          int index = 1;
          for (Step step : steps) {
            index = bind(statement, index, step.rows());
          }
        },
        statement -> failed(session, statement, steps));
  }

  @Override
  public Optional<Cause> runAndLookUp(Session session, List<Step> steps, List<Lookup> lookups)
      throws SQLException {
    StringBuilder sql = new StringBuilder(2048);
    for (Step step : steps) {
      sql.append(text(step.op())).append(";\n");
    }
    for (Lookup each : lookups) {
      sql.append(text(each.op())).append(";\n");
    }
    return execute(
        session,
        sql.toString(),
        statement -> {
          int index = 1;
          for (Step step : steps) {
            index = bind(statement, index, step.rows());
          }
          for (Lookup each : lookups) {
            index = bind(statement, index, each.keys());
          }
        },
        statement -> {
          Optional<Cause> failed = failed(session, statement, steps);
          for (Lookup each : failed.isEmpty() ? lookups : List.<Lookup>of()) {
            found(statement, each.handler());
            statement.getMoreResults();
          }
          return failed;
        });
  }

  private static void found(PreparedStatement statement, RowHandler handler) throws SQLException {
    try (ResultSet result = statement.getResultSet()) {
      while (result.next()) {
        handler.row((int) result.getLong(1) - 1, result);
      }
    }
  }

  private Cause taken(SQLException exception) {
    ServerErrorMessage details =
        exception instanceof PSQLException e ? e.getServerErrorMessage() : null;
    String table = details == null ? null : details.getTable();
    if (table == null) {
      return Cause.UNSPECIFIED;
    }
    if (table.equals(tablePrefix + "log")
        || table.equals(tablePrefix + "inbox")
        || table.equals(tablePrefix + "moved")) {
      return Cause.HEAD;
    }
    return table.equals(tablePrefix + "dedup") ? Cause.DUPLICATE : Cause.RECORD;
  }

  private static Optional<Cause> failed(
      Session session, PreparedStatement statement, List<Step> steps) throws SQLException {
    for (Step step : steps) {
      if (!met(statement, step)) {
        return Optional.of(step.failed(session));
      }
      statement.getMoreResults();
    }
    return Optional.empty();
  }

  private static boolean met(PreparedStatement statement, Step step) throws SQLException {
    if (step.expect() == Expect.EVERY_ROW) {
      return statement.getUpdateCount() == step.rows().count();
    }
    if (step.expect() == Expect.NO_ROW) {
      try (ResultSet result = statement.getResultSet()) {
        return !result.next();
      }
    }
    return true;
  }

  @Override
  public void lookup(Session session, Op op, Columns keys, RowHandler handler) throws SQLException {
    execute(
        session,
        here(session, op),
        statement -> bind(statement, 1, keys),
        statement -> {
          found(statement, handler);
          return true;
        });
  }

  /**
   * A query by itself reads one stream by its key and holds no lock that matters: it goes without
   * preface, which would cost a fifth of a short page, and is cancelled by the driver in time. That
   * the database is still the same one is part of its text. A page without its messages has a
   * preface all the same: it looks at a floor for each row, and a plan that was made when hardly
   * any stream had one would look at all of them each time.
   */
  @Override
  public <T> T query(Session session, Op op, Binder binder, Reader<T> reader) throws SQLException {
    if (session.inTransaction() || op == Op.READ_INBOX_ALONE) {
      return execute(
          session,
          here(session, op),
          binder,
          statement -> {
            try (ResultSet result = statement.getResultSet()) {
              return reader.read(result);
            }
          });
    }
    try (PreparedStatement statement = session.connection().prepareStatement(here(session, op))) {
      statement.setQueryTimeout(queryTimeoutSeconds);
      binder.bind(statement);
      try (ResultSet result = statement.executeQuery()) {
        return reader.read(result);
      }
    }
  }

  @Override
  public int update(Session session, Op op, Binder binder) throws SQLException {
    return execute(session, text(op), binder, PreparedStatement::getUpdateCount);
  }

  /**
   * There is no index by expiry: each message would pay for it, and a sweep does well without. It
   * looks at the rows where they lie, some pages at a time, and goes on from there the next time.
   */
  @Override
  public int sweep(Session session, long nowMillis, int limit) throws SQLException {
    long pages = query(session, Op.DEDUP_PAGES, statement -> {}, PostgresDialect::number);
    long begun = sweptTo.get();
    // The first sweep of a process begins anywhere, so that one restarted often gets everywhere.
    long page = begun < 0 ? Math.floorMod(nowMillis * 0x9E3779B97F4A7C15L, pages + 1) : begun;
    int removed = 0;
    for (long left = Math.min(pages, SWEPT_PAGES); left > 0 && removed < limit; ) {
      page = page < pages ? page : 0;
      long to = Math.min(pages, page + Math.min(left, SWEPT_AT_ONCE));
      int found = sweep(session, page, to, nowMillis, limit - removed);
      removed += found;
      if (removed < limit) {
        left -= to - page;
        page = to;
      }
    }
    sweptTo.set(page);
    return removed;
  }

  private int sweep(Session session, long from, long to, long nowMillis, int limit)
      throws SQLException {
    return update(
        session,
        Op.SWEEP,
        statement -> {
          statement.setString(1, "(" + from + ",0)");
          statement.setString(2, "(" + to + ",0)");
          statement.setLong(3, nowMillis);
          statement.setInt(4, limit);
        });
  }

  private static long number(ResultSet row) throws SQLException {
    row.next();
    return row.getLong(1);
  }

  /**
   * With the question whether this is still the database that is remembered. It tells more in the
   * statement itself than in a preface: between the two, tables can be exchanged.
   */
  private String here(Session session, Op op) {
    String known = session.generation().incarnation();
    return known == null
        ? text(op)
        : texts.of(op).replace(Texts.SAME, incarnation + " = '" + known + "'");
  }

  private String text(Op op) {
    return switch (op) {
      case LOCK_GUARDS -> guardLocks;
      case LOCK_TURN -> turnLock;
      case LOCK_TURN_ALONE -> aloneLock;
      case FIND_ALONE -> findAlone;
      default -> texts.of(op).replace(Texts.SAME, "true");
    };
  }

  /** Takes the results of a statement that has been executed, the first one being current. */
  @FunctionalInterface
  private interface Results<T> {
    T take(PreparedStatement statement) throws SQLException;
  }

  /**
   * Executes one text, with the preface before it where a transaction begins: outside a transaction
   * each text is one of its own.
   */
  private <T> T execute(Session session, String sql, Binder binder, Results<T> results)
      throws SQLException {
    boolean prefaced = session.preface();
    boolean writes = session.inTransaction();
    String preface = prefaced ? "" : writes ? writePreface : readPreface;
    try (PreparedStatement statement = session.connection().prepareStatement(preface + sql)) {
      binder.bind(statement);
      statement.execute();
      if (!prefaced) {
        if (writes) {
          statement.getMoreResults();
        }
        hearIncarnation(session, statement);
        statement.getMoreResults();
      }
      return results.take(statement);
    }
  }

  private static void hearIncarnation(Session session, PreparedStatement statement)
      throws SQLException {
    try (ResultSet row = statement.getResultSet()) {
      row.next();
      session.answeredBy(row.getString(1));
    }
  }

  private static int bind(PreparedStatement statement, int first, Columns rows)
      throws SQLException {
    int index = first;
    for (int i = 0; i < rows.width(); i++) {
      statement.setObject(index++, rows.column(i));
    }
    return index;
  }

  @Override
  public Failure classify(SQLException exception) {
    String state = exception.getSQLState();
    if (state == null || state.length() < 2) {
      return Failure.FAULT;
    }
    return switch (state) {
      case "23505" -> Failure.TAKEN;
      case "57P01", "57P02", "57P03", "57P05", "25P03", "25P04" -> Failure.CONNECTION;
      case "57014", "55P03", "55006" -> Failure.TRANSIENT;
      case "25006" -> Failure.UNAVAILABLE; // a standby, or a server that was told to be read-only
      default -> ofClass(state.substring(0, 2));
    };
  }

  private static Failure ofClass(String sqlStateClass) {
    return switch (sqlStateClass) {
      case "08" -> Failure.CONNECTION;
      case "40" -> Failure.TRANSIENT;
      case "53", "58" -> Failure.UNAVAILABLE;
      case "22", "23", "54" -> Failure.DATA;
      default -> Failure.FAULT;
    };
  }

  @Override
  public boolean survivedCommit(SQLException exception) {
    return false;
  }

  @Override
  public void lockSchema(Session session) throws SQLException {
    // Another node may be at work on a large table, so this waits longer than a call may.
    String sql =
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;"
            + "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true),"
            + " set_config('idle_in_transaction_session_timeout', '0', true),"
            + " pg_advisory_xact_lock("
            + schemaLock
            + ")";
    session.connection().setNetworkTimeout(Runnable::run, 0);
    try (PreparedStatement statement = session.connection().prepareStatement(sql)) {
      statement.execute();
    }
  }

  @Override
  public String schemaQuery() {
    return """
        SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = ANY (current_schemas(false))
        UNION ALL
        SELECT indexname FROM pg_indexes WHERE schemaname = ANY (current_schemas(false))""";
  }

  @Override
  public List<String> keys() {
    return List.of(
        "stream_key",
        "floor_pkey",
        "log_pkey",
        "inbox_pkey",
        "dedup_pkey",
        "record_pkey",
        "guard_pkey",
        "moved_pkey",
        "enqueue_pkey",
        "dead_letter_pkey",
        "relay_pkey");
  }
}
