package dev.restante.storage.jdbc;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One read of an inbox: its rows with their messages in one statement, or without them where most
 * messages are {@linkplain KnownMessages known}, and the others in a second one. For one thread.
 */
final class InboxPage extends Page {
  private final Streams streams;
  private final KnownMessages messages;
  private final List<Found> found = new ArrayList<>();
  private final Set<Long> logIds = new LinkedHashSet<>();
  private long lastLogId;
  private long scannedTo;
  private boolean more;
  private boolean floorKnown;
  private long floor;
  private int referred;
  private int known;
  private int looked;

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

  /** A row that was read without its message. */
  private static final class Alone {
    final long position;
    final int type;
    final int format;
    final long logId;
    final long seq;
    final byte @Nullable [] key;
    final byte @Nullable [] payload;
    final long payloadBytes;
    final boolean referring;

    @Nullable LogRow message;
    boolean known;

    /** How long the message is that the database held back; its row lacks the payload. */
    long heldBackBytes;

    Alone(ResultSet result) throws SQLException {
      position = result.getLong(2);
      type = result.getInt(3);
      format = result.getInt(4);
      logId = result.getLong(5);
      seq = result.getLong(6);
      key = result.getBytes(7);
      payload = result.getBytes(8);
      payloadBytes = size(payload, result, 8);
      referring = logId != 0 && seq > result.getLong(10);
    }

    long bytes() {
      return payloadBytes
          + heldBackBytes
          + (message == null || heldBackBytes > 0 ? 0 : message.payload().length);
    }
  }

  InboxPage(
      Dialect dialect,
      Streams streams,
      KnownMessages messages,
      Place place,
      long after,
      int limit,
      long maxBytes) {
    super(dialect, place, limit, maxBytes);
    this.streams = streams;
    this.messages = messages;
    this.scannedTo = after;
  }

  InboxSlice read(Session session) throws SQLException {
    boolean alone = messages.expects(id);
    long asked;
    long got;
    do {
      asked = nextLot();
      got = alone ? aloneLot(session, asked) : lot(session, asked);
    } while (!more && got == asked);
    // That a further lot is empty may also say that another database answered.
    if (!floorKnown || got == 0) {
      floor = floor(session);
    }
    messages.counted(id, referred, known, looked);
    Map<Long, StreamKey> logs = streams.keys(session, logIds);
    List<InboxItem> items = new ArrayList<>(found.size());
    found.forEach(row -> items.add(row.item(logs)));
    return new InboxSlice(items, more ? scannedTo : Math.max(scannedTo, floor), more, floor);
  }

  private void bind(PreparedStatement statement, long asked) throws SQLException {
    statement.setLong(1, id);
    int next = place.bind(statement, 2);
    statement.setLong(next, id);
    statement.setLong(next + 1, scannedTo);
    statement.setLong(next + 2, asked);
  }

  // ---- with the messages -----------------------------------------------------------------------

  private long lot(Session session, long asked) throws SQLException {
    return dialect.query(
        session,
        Op.READ_INBOX,
        statement -> bind(statement, asked),
        result -> take(session, result));
  }

  private long take(Session session, ResultSet result) throws SQLException {
    long got = 0;
    while (!more && result.next()) {
      got++;
      takeFloor(got, result);
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

  private void takeFloor(long got, ResultSet result) throws SQLException {
    if (got == 1) {
      floor = result.getLong(1);
      floorKnown = true;
    }
  }

  private void add(
      Session session, ResultSet result, byte @Nullable [] own, byte @Nullable [] payload)
      throws SQLException {
    long position = result.getLong(2);
    byte[] ownPayload = ownPayload(session, position, own);
    if (ownPayload == null) {
      return;
    }
    long logId = result.getLong(5);
    LogRow logRow = logId == 0 ? null : logRow(session, result, logId, payload);
    add(
        position,
        result.getInt(3),
        result.getInt(4),
        logId,
        logRow == null ? result.getLong(6) : logRow.seq(),
        result.getBytes(7),
        ownPayload,
        logRow);
  }

  private @Nullable LogRow logRow(
      Session session, ResultSet result, long logId, byte @Nullable [] inlined)
      throws SQLException {
    long seq = result.getLong(10);
    if (seq == 0) {
      return null;
    }
    byte[] payload = inlined == null ? fetch(session, Op.LOG_PAYLOAD, logId, seq) : inlined;
    if (payload == null) {
      return null;
    }
    LogRow row =
        new LogRow(seq, result.getLong(11), result.getLong(12), result.getInt(13), payload);
    referred++;
    looked++;
    // What was held back came in a statement that proves nothing.
    if (inlined != null && messages.read(logId, row)) {
      known++;
    }
    return row;
  }

  // ---- without the messages --------------------------------------------------------------------

  private long aloneLot(Session session, long asked) throws SQLException {
    List<Alone> rows =
        dialect.query(
            session, Op.READ_INBOX_ALONE, statement -> bind(statement, asked), this::rows);
    lookUp(session, rows);
    for (Alone row : rows) {
      if (more || !takes(row.bytes())) {
        more = true;
        break;
      }
      add(session, row);
    }
    return rows.size();
  }

  private List<Alone> rows(ResultSet result) throws SQLException {
    List<Alone> rows = new ArrayList<>();
    while (result.next()) {
      takeFloor(rows.size() + 1L, result);
      rows.add(new Alone(result));
    }
    return rows;
  }

  /**
   * Finds the messages. What is looked up may have been trimmed since, and is missing then as it
   * would be a moment later.
   */
  private void lookUp(Session session, List<Alone> rows) throws SQLException {
    List<Alone> unknown = new ArrayList<>();
    for (Alone row : rows) {
      if (row.referring) {
        row.message = messages.find(row.logId, row.seq);
        row.known = row.message != null;
        if (!row.known) {
          unknown.add(row);
        }
      }
    }
    if (unknown.isEmpty()) {
      return;
    }
    dialect.lookup(
        session,
        Op.FIND_LOG_ROW,
        new Columns(
            unknown.size(),
            unknown.stream().mapToLong(row -> row.logId).toArray(),
            unknown.stream().mapToLong(row -> row.seq).toArray()),
        (key, result) -> looked(session, unknown.get(key), result));
  }

  private void looked(Session session, Alone row, ResultSet result) throws SQLException {
    if (!result.getBoolean(8)) {
      throw new Outdated(session.generation());
    }
    if (!result.getBoolean(7)) {
      return;
    }
    byte[] payload = result.getBytes(5);
    row.message =
        new LogRow(
            row.seq,
            result.getLong(2),
            result.getLong(3),
            result.getInt(4),
            payload == null ? NOTHING : payload);
    if (payload == null) {
      row.heldBackBytes = size(null, result, 5);
    } else {
      messages.read(row.logId, row.message);
    }
  }

  private void add(Session session, Alone row) throws SQLException {
    byte[] inlined = row.payload == null && row.payloadBytes == 0 ? NOTHING : row.payload;
    byte[] ownPayload = ownPayload(session, row.position, inlined);
    if (ownPayload == null) {
      return;
    }
    LogRow message = row.message;
    if (row.heldBackBytes > 0) {
      message = heldBack(session, row.logId, requireNonNull(message));
    }
    if (message != null) {
      referred++;
      if (row.known) {
        known++;
      } else {
        looked++;
      }
    }
    add(row.position, row.type, row.format, row.logId, row.seq, row.key, ownPayload, message);
  }

  private @Nullable LogRow heldBack(Session session, long logId, LogRow row) throws SQLException {
    byte[] payload = fetch(session, Op.LOG_PAYLOAD, logId, row.seq());
    return payload == null
        ? null
        : new LogRow(row.seq(), row.ordinal(), row.timeMillis(), row.format(), payload);
  }

  // ---- both ------------------------------------------------------------------------------------

  /** The row's own payload; {@code null} if the row is not there any more. */
  private byte @Nullable [] ownPayload(Session session, long position, byte @Nullable [] inlined)
      throws SQLException {
    scannedTo = position;
    byte[] payload = inlined == null ? fetch(session, Op.INBOX_PAYLOAD, id, position) : inlined;
    if (payload == null) {
      // Removed in the meantime: superseded by a row further up, or below a floor to be told.
      floor = floor(session);
    }
    return payload;
  }

  private void add(
      long position,
      int type,
      int format,
      long logId,
      long seq,
      byte @Nullable [] key,
      byte[] payload,
      @Nullable LogRow logRow) {
    if (logId != 0 && logId != lastLogId) {
      logIds.add(logId);
      lastLogId = logId;
    }
    found.add(
        new Found(
            position,
            type,
            format,
            logId,
            seq,
            key == null ? null : Utf8.decode(key),
            payload,
            logRow));
  }
}
