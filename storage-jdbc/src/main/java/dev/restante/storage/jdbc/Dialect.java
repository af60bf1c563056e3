package dev.restante.storage.jdbc;

import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.Durability;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * The one seam between the store and a database: its texts of SQL, how it takes many rows, how a
 * transaction begins, and what its errors mean. Stateless; safe for use by many threads.
 */
interface Dialect {
  /** Binds the parameters of one statement, the first at index 1. */
  @FunctionalInterface
  interface Binder {
    void bind(PreparedStatement statement) throws SQLException;
  }

  /** Reads a whole result, standing before its first row. */
  @FunctionalInterface
  interface Reader<T> {
    T read(ResultSet result) throws SQLException;
  }

  /** Takes one row of a look-up; the columns asked for begin at index 2. */
  @FunctionalInterface
  interface RowHandler {
    void row(int key, ResultSet row) throws SQLException;
  }

  JdbcDatabase database();

  /** What a commit over this session survives, asked of the database. */
  Durability durability(Session session) throws SQLException;

  /** The largest payload that the database takes, if that is less than what the adapter allows. */
  int maxPayloadBytes(Session session) throws SQLException;

  /** Whether several processes may use the database at once. */
  boolean shared();

  /** Whether new streams are numbered in the commit that needs them, not before it. */
  boolean numbersStreamsInCommit();

  /** Whether changes of guarded records are counted, so that guards may be known to hold. */
  boolean countsChanges();

  /**
   * Whether nodes take {@link Turns} to make locked commits: with {@link Op#LOCK_TURN} and notes.
   * If not, each locked commit locks its streams, with {@link Op#LOCK_STREAMS}.
   */
  default boolean takesTurns() {
    return false;
  }

  /**
   * Whether an answer proves that every row which was read in the incarnation that it came from is
   * still there, unless it was removed; also one that was read before it was on the disk.
   */
  boolean provesIncarnation(Session session) throws SQLException;

  /** Sets up a connection that was just borrowed. */
  void enter(Session session) throws SQLException;

  /** Undoes {@link #enter}. */
  void leave(Session session) throws SQLException;

  /** Begins a transaction that will write; each of its statements sees what is committed. */
  void begin(Session session) throws SQLException;

  void commit(Session session) throws SQLException;

  void rollback(Session session) throws SQLException;

  /** Takes the steps in their order, and stops at the first whose expectation fails. */
  Optional<Cause> run(Session session, List<Step> steps) throws SQLException;

  /** Looks up many keys; the handler is called for each row found, in any order. */
  void lookup(Session session, Op op, Columns keys, RowHandler handler) throws SQLException;

  /** A {@link #lookup} to be made. */
  record Lookup(Op op, Columns keys, RowHandler handler) {}

  /**
   * Takes steps, then looks up, each statement seeing what was committed before it: with as few
   * round trips as the database allows.
   *
   * @return what {@link #run} returns for the steps; if that is a cause nothing was looked up
   */
  default Optional<Cause> runAndLookUp(Session session, List<Step> steps, List<Lookup> lookups)
      throws SQLException {
    Optional<Cause> failed = run(session, steps);
    for (Lookup each : failed.isEmpty() ? lookups : List.<Lookup>of()) {
      lookup(session, each.op(), each.keys(), each.handler());
    }
    return failed;
  }

  <T> T query(Session session, Op op, Binder binder, Reader<T> reader) throws SQLException;

  int update(Session session, Op op, Binder binder) throws SQLException;

  /** Removes dedup rows whose time has come, at most {@code limit}. */
  default int sweep(Session session, long nowMillis, int limit) throws SQLException {
    return update(
        session,
        Op.SWEEP,
        statement -> {
          statement.setLong(1, nowMillis);
          statement.setInt(2, limit);
        });
  }

  Failure classify(SQLException exception);

  /** Whether a failed COMMIT is known to have left everything as it was. */
  boolean survivedCommit(SQLException exception);

  /**
   * Waits until no other node changes the schema, until the session is given back at the latest.
   */
  void lockSchema(Session session) throws SQLException;

  /** A query for the names of everything there is: {@code table.column} and {@code index}. */
  String schemaQuery();

  /**
   * The names, without the prefix, of what only this database has: above all the indexes that are
   * the fences of streams.
   */
  List<String> keys();
}
