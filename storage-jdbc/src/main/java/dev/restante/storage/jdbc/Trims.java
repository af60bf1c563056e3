package dev.restante.storage.jdbc;

import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.Trim;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Removes the oldest rows of a stream and raises its floor, in one transaction that holds the
 * stream's lock: so trims of one stream follow each other, and the floor never falls.
 */
final class Trims {
  private final Dialect dialect;
  private final Reads reads;

  Trims(Dialect dialect, Reads reads) {
    this.dialect = dialect;
    this.reads = reads;
  }

  /** The floor afterwards. */
  long trim(Session session, long id, Trim trim, int maxRows) throws SQLException {
    boolean log = trim.stream().kind() == Kind.LOG;
    dialect.lookup(session, Op.LOCK_STREAM, new Columns(1, new long[] {id}), (key, row) -> {});
    StreamHead head = reads.head(session, trim.stream().kind(), id);
    long wanted = Math.min(trim.through(), head.head());
    if (wanted <= head.floor() || maxRows < 1) {
      return head.floor();
    }
    long floor =
        dialect.query(
            session,
            log ? Op.NTH_LOG : Op.NTH_INBOX,
            statement -> bind(statement, id, wanted, maxRows - 1),
            result -> result.next() ? result.getLong(1) : wanted);
    long[] last = log ? last(session, id, floor) : new long[2];
    // The floor first: a commit that compacts takes its locks in this order, too.
    dialect.update(
        session, Op.RAISE_FLOOR, statement -> bind(statement, id, floor, last[0], last[1], floor));
    dialect.update(
        session, log ? Op.TRIM_LOG : Op.TRIM_INBOX, statement -> bind(statement, id, floor));
    return floor;
  }

  /** Ordinal and time of the last row that goes. */
  private long[] last(Session session, long id, long floor) throws SQLException {
    return dialect.query(
        session, Op.LAST_LOG, statement -> bind(statement, id, floor), Trims::ordinalAndTime);
  }

  private static long[] ordinalAndTime(ResultSet result) throws SQLException {
    return result.next() ? new long[] {result.getLong(1), result.getLong(2)} : new long[2];
  }

  private static void bind(PreparedStatement statement, long... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setLong(i + 1, values[i]);
    }
  }
}
