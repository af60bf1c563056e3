package dev.restante.storage.jdbc;

import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.Durability;
import dev.restante.storage.jdbc.Step.Expect;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * SQLite. A transaction that writes begins as one (BEGIN IMMEDIATE) and is alone until it ends, so
 * the order of steps and the locks matter to other databases only. Calls into the engine are cheap:
 * rows are bound one by one, and only what is merely examined is examined several rows at a time.
 */
final class SqliteDialect implements Dialect {
  /** How many rows are examined at once; a last lot is filled up by repeating its last row. */
  private static final int LOT = 64;

  private static final int SMALL_LOT = 8;

  private static final Set<Op> LOCKS =
      EnumSet.of(Op.LOCK_GUARDS, Op.COUNT_CHANGE, Op.LOCK_RECORDS, Op.LOCK_STREAM, Op.LOCK_STREAMS);

  // Primary result codes of SQLite, which the driver reports as vendor codes.
  private static final int BUSY = 5;
  private static final int LOCKED = 6;
  private static final int NO_MEMORY = 7;
  private static final int INTERRUPTED = 9;
  private static final int IO_ERROR = 10;
  private static final int FULL = 13;
  private static final int CANNOT_OPEN = 14;
  private static final int PROTOCOL = 15;
  private static final int SCHEMA_CHANGED = 17;
  private static final int TOO_BIG = 18;
  private static final int CONSTRAINT = 19;
  private static final int MISMATCH = 20;

  private final Texts texts;

  SqliteDialect(String tablePrefix) {
    texts = new Texts(tablePrefix, SqliteTexts.ALL).asking("1 = 1");
  }

  @Override
  public JdbcDatabase database() {
    return JdbcDatabase.SQLITE;
  }

  @Override
  public int maxPayloadBytes(Session session) {
    return SqlStore.MAX_PAYLOAD_BYTES;
  }

  @Override
  public boolean shared() {
    return false;
  }

  @Override
  public boolean countsChanges() {
    return false;
  }

  @Override
  public boolean provesIncarnation(Session session) {
    return false;
  }

  @Override
  public boolean numbersStreamsInCommit() {
    return true; // one fsync, not two, and nobody else is waiting for the same number
  }

  @Override
  public Durability durability(Session session) throws SQLException {
    String journal = pragma(session, "journal_mode");
    int synchronous = Integer.parseInt(pragma(session, "synchronous"));
    boolean file = !journal.equals("memory") && !journal.equals("off");
    int needed = journal.equals("wal") ? 2 : 1;
    return file && synchronous >= needed ? Durability.LOCAL : Durability.VOLATILE;
  }

  private static String pragma(Session session, String name) throws SQLException {
    try (Statement statement = session.connection().createStatement();
        ResultSet row = statement.executeQuery("PRAGMA " + name)) {
      row.next();
      return row.getString(1);
    }
  }

  @Override
  public void enter(Session session) throws SQLException {
    session.cameWith(session.connection().getAutoCommit(), 0);
    if (!session.autoCommit()) {
      session.connection().setAutoCommit(true);
    }
  }

  @Override
  public void leave(Session session) throws SQLException {
    if (!session.autoCommit()) {
      session.connection().setAutoCommit(false);
    }
  }

  @Override
  public void begin(Session session) throws SQLException {
    execute(session, "BEGIN IMMEDIATE");
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
    PreparedStatement statement = session.prepare(sql);
    try {
      statement.execute();
    } finally {
      session.release(statement);
    }
  }

  @Override
  public Optional<Cause> run(Session session, List<Step> steps) throws SQLException {
    for (Step step : steps) {
      if (!LOCKS.contains(step.op()) && !met(session, step)) {
        return Optional.of(step.failed(session));
      }
    }
    return Optional.empty();
  }

  private boolean met(Session session, Step step) throws SQLException {
    if (step.expect() == Expect.NO_ROW) {
      return findsNothing(session, texts.of(step.op()), step.rows());
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

  private static int write(Session session, String sql, Columns rows) throws SQLException {
    int changed = 0;
    PreparedStatement statement = session.prepare(sql);
    try {
      for (int row = 0; row < rows.count(); row++) {
        bind(statement, 1, rows, row);
        statement.addBatch();
      }
      for (int count : statement.executeBatch()) {
        changed += count;
      }
      return changed;
    } finally {
      session.release(statement);
    }
  }

  private static boolean findsNothing(Session session, String sql, Columns rows)
      throws SQLException {
    int row = 0;
    while (row < rows.count()) {
      int left = rows.count() - row;
      int lot = left == 1 ? 1 : left <= SMALL_LOT ? SMALL_LOT : LOT;
      if (!findsNothing(session, inLots(sql, lot, rows.width()), rows, row, lot)) {
        return false;
      }
      row += lot;
    }
    return true;
  }

  private static boolean findsNothing(Session session, String sql, Columns rows, int first, int lot)
      throws SQLException {
    PreparedStatement statement = session.prepare(sql);
    try {
      int index = 1;
      for (int i = 0; i < lot; i++) {
        index = bind(statement, index, rows, Math.min(first + i, rows.count() - 1));
      }
      try (ResultSet result = statement.executeQuery()) {
        return !result.next();
      }
    } finally {
      session.release(statement);
    }
  }

  private static String inLots(String sql, int lot, int width) {
    String row = "(" + String.join(",", Collections.nCopies(width, "?")) + ")";
    return sql.replace("${rows}", String.join(",", Collections.nCopies(lot, row)));
  }

  @Override
  public void lookup(Session session, Op op, Columns keys, RowHandler handler) throws SQLException {
    if (LOCKS.contains(op)) {
      return;
    }
    PreparedStatement statement = session.prepare(texts.of(op));
    try {
      for (int key = 0; key < keys.count(); key++) {
        bind(statement, 1, keys, key);
        try (ResultSet result = statement.executeQuery()) {
          while (result.next()) {
            handler.row(key, result);
          }
        }
      }
    } finally {
      session.release(statement);
    }
  }

  @Override
  public <T> T query(Session session, Op op, Binder binder, Reader<T> reader) throws SQLException {
    PreparedStatement statement = session.prepare(texts.of(op));
    try {
      binder.bind(statement);
      try (ResultSet result = statement.executeQuery()) {
        return reader.read(result);
      }
    } finally {
      session.release(statement);
    }
  }

  @Override
  public int update(Session session, Op op, Binder binder) throws SQLException {
    PreparedStatement statement = session.prepare(texts.of(op));
    try {
      binder.bind(statement);
      return statement.executeUpdate();
    } finally {
      session.release(statement);
    }
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
        statement.setString(index++, ((String[]) column)[row]);
      }
    }
    return index;
  }

  @Override
  public Failure classify(SQLException exception) {
    return switch (exception.getErrorCode() & 0xff) {
      case BUSY, LOCKED, INTERRUPTED, PROTOCOL, SCHEMA_CHANGED -> Failure.TRANSIENT;
      case NO_MEMORY, IO_ERROR, FULL, CANNOT_OPEN -> Failure.UNAVAILABLE;
      case TOO_BIG, MISMATCH -> Failure.DATA;
      case CONSTRAINT -> Failure.TAKEN;
      default -> Failure.FAULT;
    };
  }

  @Override
  public boolean survivedCommit(SQLException exception) {
    return (exception.getErrorCode() & 0xff) == BUSY;
  }

  @Override
  public void lockSchema(Session session) {
    // BEGIN IMMEDIATE has done it.
  }

  @Override
  public String schemaQuery() {
    return """
        SELECT m.name || '.' || p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p
        WHERE m.type = 'table'
        UNION ALL SELECT name FROM sqlite_master WHERE type = 'index'""";
  }

  @Override
  public List<String> keys() {
    return List.of("log_key", "inbox_key", "dedup_expiry");
  }
}
