package dev.restante.storage.rocksdb;

import static dev.restante.storage.rocksdb.Bytes.LONG;

import dev.restante.storage.StreamHead;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

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

  static Floor of(byte @Nullable [] row) {
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

  /** The stream's head, from a scan of its rows above the floor. */
  StreamHead head(Scan rows, boolean log) throws RocksDBException {
    if (!rows.last()) {
      return new StreamHead(floor, ordinal, timeMillis, floor);
    }
    long number = Keys.rowNumber(rows.key());
    if (!log) {
      return new StreamHead(number, 0, 0, floor);
    }
    byte[] beginning = new byte[Values.LOG_HEAD];
    rows.value(beginning);
    return new StreamHead(number, Values.ordinal(beginning), Values.timeMillis(beginning), floor);
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
