package dev.restante.storage.ordered;

import static dev.restante.storage.ordered.Bytes.LONG;

import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The row of a stream: the number that stands for it, and its floor with ordinal and time of the
 * last row removed. The head is nowhere stored: it is the last row, or the floor.
 */
record Floor(long stream, long floor, long ordinal, long timeMillis) {
  /** Where there is no row: a stream that nothing was written to. */
  static final Floor UNKNOWN = new Floor(0, 0, 0, 0);

  static Floor fresh(long stream) {
    return new Floor(stream, 0, 0, 0);
  }

  static Floor of(Snapshot snapshot, StreamKey key) {
    return of(snapshot.get(Table.STREAM, Keys.stream(key)));
  }

  private static Floor of(byte @Nullable [] row) {
    return row == null
        ? UNKNOWN
        : new Floor(
            Bytes.getLong(row, 0),
            Bytes.getLong(row, LONG),
            Bytes.getLong(row, 2 * LONG),
            Bytes.getLong(row, 3 * LONG));
  }

  boolean isUnknown() {
    return stream == 0;
  }

  byte[] row() {
    byte[] bytes = new byte[4 * LONG];
    int at = Bytes.put(bytes, Bytes.put(bytes, 0, stream), floor);
    Bytes.put(bytes, Bytes.put(bytes, at, ordinal), timeMillis);
    return bytes;
  }

  /** The stream's head, which lies at the end of its rows above the floor. */
  StreamHead head(Snapshot snapshot, Kind kind) {
    if (isUnknown() || kind == Kind.STORE) {
      return StreamHead.EMPTY;
    }
    boolean log = kind == Kind.LOG;
    try (Rows rows = snapshot.rows(log ? Table.LOG : Table.INBOX, firstKey(), endKey(), true)) {
      if (!rows.next()) {
        return new StreamHead(floor, ordinal, timeMillis, floor);
      }
      long number = Keys.rowNumber(rows.key());
      if (!log) {
        return new StreamHead(number, 0, 0, floor);
      }
      byte[] row = rows.value(Values.LOG_HEAD);
      return new StreamHead(number, Values.ordinal(row), Values.timeMillis(row), floor);
    }
  }

  /** The first key that a row above the floor can have; the greatest number has none above it. */
  byte[] firstKey() {
    return Keys.row(stream, floor + 1);
  }

  /** A key above all rows of the stream. */
  byte[] endKey() {
    return Keys.number(stream + 1);
  }
}
