package dev.restante.storage.jdbc;

import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.Durability;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.jdbc.Step.Expect;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * MariaDB with InnoDB. Each step of a commit is a statement and a round trip of its own, since a
 * host's driver need not take several in one text; many rows go in one.
 *
 * <p>A transaction first asks what the session's settings are, and who answers. Isolation and the
 * mandatory time-outs are set for the session if they are others, and put back when the connection
 * is given back.
 */
final class MariadbDialect implements Dialect {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcStorage.class);

  /** The least that a server must take in one packet; what follows fits into it. */
  private static final int LEAST_PACKET_BYTES = 4 << 20;

  private static final int LOT_ROWS = 512;
  private static final int LOT_BYTES = 1 << 20;

  /** Two names of the greatest length, in hexadecimal, are 1.7 kB: some 1.7 MB for a lot. */
  private static final int LOT_KEYS = 1000;

  /** Which server answers; replicas have numbers of their own. */
  private static final String INCARNATION = "CONCAT(@@server_id, '/', @@hostname, '/', @@port)";

  private static final HexFormat HEX = HexFormat.of();

  private final String tablePrefix;
  private final Texts texts;
  private final String limit;
  private final Wanted wanted;
  private final String schemaLock;
  private final int networkTimeoutMillis;

  /** The settings of a session in a transaction, as the server tells them. */
  private record Wanted(
      String isolation, BigDecimal statementSeconds, long lockSeconds, long idleSeconds) {
    String isolationText() {
      return "SET SESSION TRANSACTION ISOLATION LEVEL " + isolation.replace('-', ' ');
    }

    String timeoutsText() {
      return "SET SESSION max_statement_time = %s, innodb_lock_wait_timeout = %d, idle_transaction_timeout = %d"
          .formatted(statementSeconds.toPlainString(), lockSeconds, idleSeconds);
    }

    boolean sameTimeouts(Wanted other) {
      return statementSeconds.compareTo(other.statementSeconds) == 0
          && lockSeconds == other.lockSeconds
          && idleSeconds == other.idleSeconds;
    }
  }

  MariadbDialect(String tablePrefix, Duration callTimeout) {
    this.tablePrefix = tablePrefix;
    texts = new Texts(tablePrefix, MariadbTexts.ALL);
    long millis = Math.max(2, Math.min(callTimeout.toMillis(), Integer.MAX_VALUE / 3));
    BigDecimal seconds = BigDecimal.valueOf(millis, 3);
    // Two of the three go by whole seconds; where that is too coarse, the first one ends the wait.
    wanted =
        new Wanted("READ-COMMITTED", seconds, (millis / 2 + 999) / 1000, (millis + 999) / 1000);
    limit = "SET STATEMENT max_statement_time = " + seconds.toPlainString() + " FOR ";
    schemaLock = "CONCAT('restante.', MD5(CONCAT(DATABASE(), '/', '" + tablePrefix + "')))";
    networkTimeoutMillis = (int) (2 * millis + 2000);
  }

  @Override
  public JdbcDatabase database() {
    return JdbcDatabase.MARIADB;
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
  public boolean provesIncarnation(Session session) {
    return false; // a restart, with an older state perhaps, does not show
  }

  @Override
  public boolean numbersStreamsInCommit() {
    return false;
  }

  /**
   * The redo log must be forced at each commit, and so must the binary log if there is one:
   * recovery takes back a transaction that is not in it.
   */
  @Override
  public Durability durability(Session session) throws SQLException {
    Map<String, String> settings = new HashMap<>();
    try (Statement statement = session.connection().createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit',"
                    + " 'innodb_flush_method', 'log_bin', 'sync_binlog', 'debug_no_sync')")) {
      while (rows.next()) {
        settings.put(
            rows.getString(1).toLowerCase(Locale.ROOT), rows.getString(2).toLowerCase(Locale.ROOT));
      }
    }
    String flushed = settings.getOrDefault("innodb_flush_log_at_trx_commit", "0");
    boolean redo = flushed.equals("1") || flushed.equals("3");
    boolean binary =
        !settings.getOrDefault("log_bin", "on").equals("on")
            || settings.getOrDefault("sync_binlog", "0").equals("1");
    boolean forced =
        !settings.getOrDefault("innodb_flush_method", "").equals("nosync")
            && !settings.getOrDefault("debug_no_sync", "off").equals("on");
    boolean local = redo && binary && forced;
    if (!local) {
      LOG.info(
          "{}: commits are not on the disk when they are answered, so the store declares VOLATILE",
          new TreeMap<>(settings));
    }
    return local ? Durability.LOCAL : Durability.VOLATILE;
  }

  @Override
  public int maxPayloadBytes(Session session) throws SQLException {
    try (Statement statement = session.connection().createStatement();
        ResultSet row = statement.executeQuery("SELECT @@max_allowed_packet")) {
      row.next();
      long packet = row.getLong(1);
      if (packet < LEAST_PACKET_BYTES) {
        throw new StoreException(
            Effect.FAULT,
            "max_allowed_packet is %d, needed are %d".formatted(packet, LEAST_PACKET_BYTES),
            null);
      }
      // In the text of a statement half of the bytes may be written as two.
      return (int) Math.min(Integer.MAX_VALUE, (packet - LOT_BYTES) / 2);
    }
  }

  @Override
  public void enter(Session session) throws SQLException {
    Connection connection = session.connection();
    session.cameWith(connection.getAutoCommit(), connection.getNetworkTimeout());
    if (!session.autoCommit()) {
      connection.setAutoCommit(true);
    }
    connection.setNetworkTimeout(Runnable::run, networkTimeoutMillis);
  }

  @Override
  public void leave(Session session) throws SQLException {
    for (String undo : session.takeUndo()) {
      execute(session, undo);
    }
    Connection connection = session.connection();
    connection.setNetworkTimeout(Runnable::run, session.networkTimeoutMillis());
    if (connection.getAutoCommit() != session.autoCommit()) {
      connection.setAutoCommit(session.autoCommit());
    }
  }

  @Override
  public void begin(Session session) throws SQLException {
    Wanted found;
    try (Statement statement = session.connection().createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT "
                    + INCARNATION
                    + ", @@tx_isolation, @@max_statement_time, @@innodb_lock_wait_timeout,"
                    + " @@idle_transaction_timeout")) {
      row.next();
      session.answeredBy(row.getString(1));
      found = new Wanted(row.getString(2), row.getBigDecimal(3), row.getLong(4), row.getLong(5));
    }
    if (!found.sameTimeouts(wanted)) {
      execute(session, wanted.timeoutsText());
      session.undoLater(found.timeoutsText());
    }
    if (!found.isolation().equals(wanted.isolation())) {
      execute(session, wanted.isolationText());
      session.undoLater(found.isolationText());
    }
    // Not START TRANSACTION: a driver that sends the rows of a batch one behind the other goes on
    // after the server has rolled back for a deadlock, and what follows must not commit itself.
    session.connection().setAutoCommit(false);
    session.inTransaction(true);
  }

  @Override
  public void commit(Session session) throws SQLException {
    execute(session, "COMMIT");
    session.inTransaction(false);
  }

  @Override
  public void rollback(Session session) throws SQLException {
    if (session.inTransaction()) {
      session.inTransaction(false);
      execute(session, "ROLLBACK");
    }
  }

  private static void execute(Session session, String sql) throws SQLException {
    try (Statement statement = session.connection().createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public Optional<Cause> run(Session session, List<Step> steps) throws SQLException {
    long[] changes = new long[GuardLocks.COUNT];
    for (Step step : steps) {
      if (!met(session, step, changes)) {
        return Optional.of(step.failed(session));
      }
    }
    return Optional.empty();
  }

  /**
   * @param changes the counts of the locks that are held, by lock: whoever locks reads them
   */
  private boolean met(Session session, Step step, long[] changes) throws SQLException {
    if (step.op() == Op.LOCK_GUARDS) {
      lockGuards(session, step.rows(), changes);
      return true;
    }
    if (step.op() == Op.FIND_COUNTED) {
      return haveCounts(step.rows(), changes);
    }
    if (step.op() == Op.LOCK_RECORDS || step.op() == Op.LOCK_STREAMS) {
      lookup(session, step.op(), step.rows(), (key, row) -> {});
      return true;
    }
    if (step.expect() == Expect.NO_ROW) {
      boolean[] found = new boolean[1];
      lookup(session, step.op(), step.rows(), (key, row) -> found[0] = true);
      return !found[0];
    }
    try {
      int changed = write(session, texts.of(step.op()), step.rows());
      return step.expect() != Expect.EVERY_ROW || changed == step.rows().count();
    } catch (SQLException e) {
      if (classify(e) == Failure.TAKEN) {
        return false;
      }
      throw e;
    }
  }

  private int write(Session session, String sql, Columns rows) throws SQLException {
    if (sql.contains("${row}")) {
      insertInBulk(session, sql, rows);
      return rows.count();
    }
    if (sql.contains("${rows}")) {
      return insert(session, sql, rows);
    }
    return sql.contains("JSON_TABLE") ? byKeys(session, sql, rows) : each(session, sql, rows);
  }

  private static int insert(Session session, String sql, Columns rows) throws SQLException {
    int changed = 0;
    int first = 0;
    while (first < rows.count()) {
      int end = endOfLot(rows, first);
      String lot =
          sql.replace("${rows}", String.join(",", Collections.nCopies(end - first, row(rows))));
      try (PreparedStatement statement = session.connection().prepareStatement(lot)) {
        int index = 1;
        for (int i = first; i < end; i++) {
          index = bind(statement, index, rows, i);
        }
        changed += statement.executeUpdate();
      }
      first = end;
    }
    return changed;
  }

  /**
   * As a batch, which the driver sends in the bulk protocol: the statement once, and the rows
   * behind it as they are. A text for all rows is made, sent and taken apart at some fifth more
   * processor time.
   */
  private static void insertInBulk(Session session, String sql, Columns rows) throws SQLException {
    String one = sql.replace("${row}", row(rows));
    for (int first = 0; first < rows.count(); ) {
      int end = endOfLot(rows, first);
      try (PreparedStatement statement = session.connection().prepareStatement(one)) {
        for (int i = first; i < end; i++) {
          bind(statement, 1, rows, i);
          statement.addBatch();
        }
        statement.executeBatch();
      }
      first = end;
    }
  }

  private static String row(Columns rows) {
    return "(" + String.join(",", Collections.nCopies(rows.width(), "?")) + ")";
  }

  private static int endOfLot(Columns rows, int first) {
    long bytes = 0;
    int end = first;
    while (end < rows.count() && end - first < LOT_ROWS) {
      bytes += bytes(rows, end);
      if (bytes > LOT_BYTES && end > first) {
        return end;
      }
      end++;
    }
    return end;
  }

  private static long bytes(Columns rows, int row) {
    long bytes = 20L * rows.width();
    for (int i = 0; i < rows.width(); i++) {
      if (rows.column(i) instanceof byte[][] values && values[row] != null) {
        bytes += values[row].length;
      }
    }
    return bytes;
  }

  private static int byKeys(Session session, String sql, Columns rows) throws SQLException {
    int changed = 0;
    for (int first = 0; first < rows.count(); first += LOT_KEYS) {
      try (PreparedStatement statement = session.connection().prepareStatement(sql)) {
        statement.setString(1, json(rows, first, Math.min(rows.count(), first + LOT_KEYS)));
        changed += statement.executeUpdate();
      }
    }
    return changed;
  }

  private static int each(Session session, String sql, Columns rows) throws SQLException {
    int changed = 0;
    try (PreparedStatement statement = session.connection().prepareStatement(sql)) {
      for (int row = 0; row < rows.count(); row++) {
        bind(statement, 1, rows, row);
        changed += statement.executeUpdate();
      }
    }
    return changed;
  }

  /** One after the other: those held alone and those shared must come in one order. */
  private void lockGuards(Session session, Columns rows, long[] changes) throws SQLException {
    short[] slot = (short[]) rows.column(0);
    short[] alone = (short[]) rows.column(1);
    int first = 0;
    while (first < rows.count()) {
      int end = first + 1;
      while (end < rows.count() && alone[end] == alone[first]) {
        end++;
      }
      lockGuards(session, slot, first, end, alone[first] == 1, changes);
      first = end;
    }
  }

  private static boolean haveCounts(Columns rows, long[] changes) {
    short[] slot = (short[]) rows.column(0);
    long[] count = (long[]) rows.column(1);
    for (int i = 0; i < rows.count(); i++) {
      if (changes[slot[i]] != count[i]) {
        return false;
      }
    }
    return true;
  }

  private void lockGuards(
      Session session, short[] slot, int first, int end, boolean alone, long[] changes)
      throws SQLException {
    StringBuilder sql = new StringBuilder("SELECT slot, changes FROM ").append(tablePrefix);
    sql.append("guard_lock FORCE INDEX (PRIMARY) WHERE slot IN (");
    for (int i = first; i < end; i++) {
      sql.append(i == first ? "" : ",").append(slot[i]);
    }
    sql.append(") ORDER BY slot ").append(alone ? "FOR UPDATE" : "LOCK IN SHARE MODE");
    int locked = 0;
    try (Statement statement = session.connection().createStatement();
        ResultSet rows = statement.executeQuery(sql.toString())) {
      while (rows.next()) {
        changes[rows.getInt(1)] = rows.getLong(2);
        locked++;
      }
    }
    if (locked != end - first) {
      throw new StoreException(
          Effect.FAULT, "Rows are missing in " + tablePrefix + "guard_lock", null);
    }
  }

  @Override
  public void lookup(Session session, Op op, Columns keys, RowHandler handler) throws SQLException {
    String sql = limited(session, texts.of(op));
    for (int first = 0; first < keys.count(); first += LOT_KEYS) {
      try (PreparedStatement statement = session.connection().prepareStatement(sql)) {
        statement.setString(1, json(keys, first, Math.min(keys.count(), first + LOT_KEYS)));
        try (ResultSet result = statement.executeQuery()) {
          while (result.next()) {
            handler.row(first + (int) result.getLong(1) - 1, result);
          }
        }
      }
    }
  }

  @Override
  public <T> T query(Session session, Op op, Binder binder, Reader<T> reader) throws SQLException {
    String known = session.generation().incarnation();
    String same = known == null ? "TRUE" : INCARNATION + " = " + literal(known);
    String sql = limited(session, texts.of(op).replace(Texts.SAME, same));
    try (PreparedStatement statement = session.connection().prepareStatement(sql)) {
      binder.bind(statement);
      try (ResultSet result = statement.executeQuery()) {
        return reader.read(result);
      }
    }
  }

  private static String literal(String text) {
    return "CONVERT(X'" + HEX.formatHex(Utf8.encode(text)) + "' USING utf8mb4)";
  }

  @Override
  public int update(Session session, Op op, Binder binder) throws SQLException {
    try (PreparedStatement statement = session.connection().prepareStatement(texts.of(op))) {
      binder.bind(statement);
      return statement.executeUpdate();
    }
  }

  /** Outside a transaction the session has the host's settings. */
  private String limited(Session session, String sql) {
    return session.inTransaction() ? sql : limit + sql;
  }

  private static int bind(PreparedStatement statement, int first, Columns rows, int row)
      throws SQLException {
    int index = first;
    for (int i = 0; i < rows.width(); i++) {
      Object column = rows.column(i);
      if (column instanceof long[] numbers) {
        statement.setLong(index++, numbers[row]);
      } else if (column instanceof short[] numbers) {
        statement.setInt(index++, numbers[row]);
      } else if (column instanceof byte[][] bytes) {
        statement.setBytes(index++, bytes[row]);
      } else {
        statement.setBytes(index++, ((String[]) column)[row].getBytes(StandardCharsets.UTF_8));
      }
    }
    return index;
  }

  private static String json(Columns rows, int first, int end) {
    StringBuilder json = new StringBuilder(64 * (end - first));
    for (int row = first; row < end; row++) {
      json.append(row == first ? "[" : ",");
      for (int i = 0; i < rows.width(); i++) {
        json.append(i == 0 ? "[" : ",");
        value(json, rows.column(i), row);
      }
      json.append("]");
    }
    return json.append("]").toString();
  }

  private static void value(StringBuilder json, Object column, int row) {
    if (column instanceof long[] numbers) {
      json.append(numbers[row]);
    } else if (column instanceof short[] numbers) {
      json.append(numbers[row]);
    } else {
      byte[] bytes =
          column instanceof byte[][] values
              ? values[row]
              : ((String[]) column)[row].getBytes(StandardCharsets.UTF_8);
      json.append('"').append(HEX.formatHex(bytes)).append('"');
    }
  }

  @Override
  public Failure classify(SQLException exception) {
    if (exception instanceof BatchUpdateException
        && exception.getSQLState() == null
        && exception.getCause() instanceof SQLException why) {
      return classify(why); // the connection broke while the batch was sent
    }
    return switch (exception.getErrorCode()) {
      case 1062, 1586 -> Failure.TAKEN;
      // Connections or prepared statements used up, disk or table full, memory; read-only after a
      // failover
      case 1040, 1203, 1226, 1461, 1021, 1037, 1038, 1041, 1114, 1290, 1792, 1836 ->
          Failure.UNAVAILABLE;
      // Deadlock, waits for locks and statements that took too long or were cancelled
      case 1205, 1213, 1317, 1969, 3024 -> Failure.TRANSIENT;
      // Killed, or the server is going
      case 1053, 1152, 1927, 2006, 2013 -> Failure.CONNECTION;
      default -> ofClass(exception.getSQLState());
    };
  }

  private static Failure ofClass(String state) {
    if (state == null || state.length() < 2) {
      return Failure.FAULT;
    }
    return switch (state.substring(0, 2)) {
      case "08" -> Failure.CONNECTION;
      case "40" -> Failure.TRANSIENT;
      case "22", "23" -> Failure.DATA;
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
    session.connection().setNetworkTimeout(Runnable::run, 0);
    execute(session, "SET SESSION max_statement_time = 0, idle_transaction_timeout = 0");
    execute(session, "DO GET_LOCK(" + schemaLock + ", 86400)");
    session.undoLater(wanted.timeoutsText());
    session.undoLater("DO RELEASE_LOCK(" + schemaLock + ")");
  }

  @Override
  public String schemaQuery() {
    return """
        SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns
        WHERE table_schema = DATABASE()
        UNION
        SELECT CASE index_name WHEN 'PRIMARY' THEN CONCAT(table_name, '_pkey')
          ELSE index_name END
        FROM information_schema.statistics WHERE table_schema = DATABASE()""";
  }

  @Override
  public List<String> keys() {
    return List.of(
        "stream_key",
        "floor_pkey",
        "log_pkey",
        "inbox_pkey",
        "dedup_pkey",
        "dedup_expiry",
        "record_pkey",
        "guard_lock.slot",
        "guard_lock.changes",
        "enqueue_pkey",
        "dead_letter_pkey",
        "relay_pkey");
  }
}
