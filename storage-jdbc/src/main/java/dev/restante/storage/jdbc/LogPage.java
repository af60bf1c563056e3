package dev.restante.storage.jdbc;

import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One read of a log. For one thread. */
final class LogPage extends Page {
  private final LogRange range;
  private final List<LogRow> rows = new ArrayList<>();
  private boolean more;
  private boolean floorKnown;
  private long floor;

  LogPage(Dialect dialect, Place place, LogRange range) {
    super(dialect, place, range.limit(), range.maxBytes());
    this.range = range;
  }

  LogSlice read(Session session) throws SQLException {
    long asked;
    long got;
    do {
      asked = nextLot();
      got = lot(session, asked);
    } while (!more && got == asked);
    // That a further lot is empty may also say that another database answered.
    return new LogSlice(rows, more, floorKnown && got > 0 ? floor : floor(session));
  }

  private long lot(Session session, long asked) throws SQLException {
    long last = rows.isEmpty() ? 0 : rows.get(rows.size() - 1).seq();
    boolean first = rows.isEmpty();
    if (!first && last == Long.MAX_VALUE && !range.descending()) {
      return 0;
    }
    return dialect.query(
        session,
        range.descending() ? Op.READ_LOG_DOWN : Op.READ_LOG_UP,
        statement -> {
          statement.setLong(1, id);
          int next = place.bind(statement, 2);
          statement.setLong(next, id);
          statement.setLong(next + 1, first || range.descending() ? range.from() : last + 1);
          statement.setLong(next + 2, first || !range.descending() ? range.to() : last - 1);
          statement.setLong(next + 3, asked);
        },
        result -> take(session, result));
  }

  private long take(Session session, ResultSet result) throws SQLException {
    long got = 0;
    while (!more && result.next()) {
      got++;
      floor = result.getLong(1);
      floorKnown = true;
      byte[] payload = result.getBytes(6);
      if (takes(size(payload, result, 6))) {
        add(session, result, payload);
      } else {
        more = true;
      }
    }
    return got;
  }

  private void add(Session session, ResultSet result, byte @Nullable [] inlined)
      throws SQLException {
    long seq = result.getLong(2);
    byte[] payload = inlined == null ? fetch(session, Op.LOG_PAYLOAD, id, seq) : inlined;
    if (payload == null) {
      // Trimmed in the meantime: it is below a floor that this read has to tell.
      floor = floor(session);
      return;
    }
    rows.add(new LogRow(seq, result.getLong(3), result.getLong(4), result.getInt(5), payload));
  }
}
