package dev.restante.storage.jdbc;

import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One read of an inbox. For one thread. */
final class InboxPage extends Page {
  private final Streams streams;
  private final List<Found> found = new ArrayList<>();
  private final Set<Long> logIds = new LinkedHashSet<>();
  private long lastLogId;
  private long scannedTo;
  private boolean more;
  private boolean floorKnown;
  private long floor;

  /** A row whose log is still a number. */
  private record Found(
      long position,
      int type,
      int format,
      long logId,
      long seq,
      @Nullable String key,
      byte[] payload,
      @Nullable LogRow logRow) {
    InboxItem item(Map<Long, StreamKey> logs) {
      StreamKey log = logId == 0 ? null : logs.get(logId);
      return new InboxItem(new InboxRow(position, type, format, log, seq, key, payload), logRow);
    }
  }

  InboxPage(Dialect dialect, Streams streams, Place place, long after, int limit, long maxBytes) {
    super(dialect, place, limit, maxBytes);
    this.streams = streams;
    this.scannedTo = after;
  }

  InboxSlice read(Session session) throws SQLException {
    long asked;
    long got;
    do {
      asked = nextLot();
      got = lot(session, asked);
    } while (!more && got == asked);
    if (!floorKnown) {
      floor = floor(session);
    }
    Map<Long, StreamKey> logs = streams.keys(session, logIds);
    List<InboxItem> items = new ArrayList<>(found.size());
    found.forEach(row -> items.add(row.item(logs)));
    return new InboxSlice(items, more ? scannedTo : Math.max(scannedTo, floor), more, floor);
  }

  private long lot(Session session, long asked) throws SQLException {
    return dialect.query(
        session,
        Op.READ_INBOX,
        statement -> {
          statement.setLong(1, id);
          int next = place.bind(statement, 2);
          statement.setLong(next, id);
          statement.setLong(next + 1, scannedTo);
          statement.setLong(next + 2, asked);
        },
        result -> take(session, result));
  }

  private long take(Session session, ResultSet result) throws SQLException {
    long got = 0;
    while (!more && result.next()) {
      got++;
      if (got == 1) {
        floor = result.getLong(1);
        floorKnown = true;
      }
      byte[] own = result.getBytes(8);
      byte[] payload = result.getBytes(14);
      long ownBytes = size(own, result, 8);
      if (takes(ownBytes + size(payload, result, 14))) {
        add(session, result, own == null && ownBytes == 0 ? NOTHING : own, payload);
      } else {
        more = true;
      }
    }
    return got;
  }

  private void add(
      Session session, ResultSet result, byte @Nullable [] own, byte @Nullable [] payload)
      throws SQLException {
    long position = result.getLong(2);
    scannedTo = position;
    byte[] ownPayload = own == null ? fetch(session, Op.INBOX_PAYLOAD, id, position) : own;
    if (ownPayload == null) {
      // Removed in the meantime: superseded by a row further up, or below a floor to be told.
      floor = floor(session);
      return;
    }
    long logId = result.getLong(5);
    if (logId != 0 && logId != lastLogId) {
      logIds.add(logId);
      lastLogId = logId;
    }
    LogRow logRow = logId == 0 ? null : logRow(session, result, logId, payload);
    byte[] key = result.getBytes(7);
    found.add(
        new Found(
            position,
            result.getInt(3),
            result.getInt(4),
            logId,
            logRow == null ? result.getLong(6) : logRow.seq(),
            key == null ? null : Utf8.decode(key),
            ownPayload,
            logRow));
  }

  private @Nullable LogRow logRow(
      Session session, ResultSet result, long logId, byte @Nullable [] inlined)
      throws SQLException {
    long seq = result.getLong(10);
    if (seq == 0) {
      return null;
    }
    byte[] payload = inlined == null ? fetch(session, Op.LOG_PAYLOAD, logId, seq) : inlined;
    return payload == null
        ? null
        : new LogRow(seq, result.getLong(11), result.getLong(12), result.getInt(13), payload);
  }
}
