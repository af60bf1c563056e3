package dev.restante.storage.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Counts rows and bytes of one page, and fetches payloads that the database held back. Rows come in
 * lots, so that a page without limit does not make the database prepare everything there is.
 */
abstract class Page {
  /** The most rows of one statement; with payloads of at most 16 KiB in it, at most 16 MiB. */
  static final int LOT = 1024;

  static final byte[] NOTHING = {};

  final Dialect dialect;
  final Place place;
  final long id;
  private final int limit;
  private final long maxBytes;
  private long bytes;
  private int count;

  Page(Dialect dialect, Place place, int limit, long maxBytes) {
    this.dialect = dialect;
    this.place = place;
    this.id = place.id();
    this.limit = limit;
    this.maxBytes = maxBytes;
  }

  /** How many rows to ask for next: one more than may be returned, to learn whether it is there. */
  final long nextLot() {
    return Math.min(LOT, limit - count + 1L);
  }

  /** Whether another row of this size fits; if so it is counted. */
  final boolean takes(long rowBytes) {
    if (count == limit || (count > 0 && bytes + rowBytes > maxBytes)) {
      return false;
    }
    count++;
    bytes += rowBytes;
    return true;
  }

  /** The size of a payload in one column, whose length, if it was held back, is in the next one. */
  static long size(byte @Nullable [] payload, ResultSet row, int column) throws SQLException {
    return payload == null ? row.getLong(column + 1) : payload.length;
  }

  /** A payload that was held back; {@code null} if its row went in the meantime. */
  final byte @Nullable [] fetch(Session session, Op op, long stream, long number)
      throws SQLException {
    Optional<byte[]> payload =
        dialect.query(
            session,
            op,
            statement -> {
              statement.setLong(1, stream);
              statement.setLong(2, number);
            },
            result -> result.next() ? Optional.of(result.getBytes(1)) : Optional.empty());
    return payload.orElse(null);
  }

  /**
   * The floor, read after an empty result: whatever it says was true when the result was empty, or
   * became true since.
   */
  final long floor(Session session) throws SQLException {
    return place.floor(dialect, session);
  }
}
