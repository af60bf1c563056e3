package dev.restante.internal;

import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;

/**
 * What is in a cursor: format, the store's epoch, the position, the mark of the row there, and the
 * {@link CursorSeal}.
 *
 * <p>The mark tells a row from another one that took its number after the store lost writes: a
 * position alone would not, once the inbox has grown past it again.
 *
 * @param epoch the store's epoch
 * @param position the place in the inbox
 * @param mark the mark of the row at that place; {@link #NO_MARK} if there was none to see
 */
record CursorToken(long epoch, long position, long mark) {
  static final long NO_MARK = 0;

  private static final byte FORMAT = 1;
  private static final int BYTES = 1 + 8 + 8 + 8 + 8;

  /** The mark of a row: of what it means, and of when what it refers to was said. */
  static long mark(InboxItem item) {
    InboxRow row = item.row();
    StreamKey log = row.log();
    LogRow logRow = item.logRow();
    if (log == null || logRow == null) {
      return NO_MARK;
    }
    long mark = log.name().hashCode();
    mark = mark * 0x9E3779B97F4A7C15L + row.seq();
    mark = mark * 0x9E3779B97F4A7C15L + logRow.timeMillis();
    return mark == NO_MARK ? 1 : mark;
  }

  /** Whether the row at this cursor's place may be the one that the cursor was given for. */
  boolean fits(InboxItem item) {
    long found = mark(item);
    return mark == NO_MARK || found == NO_MARK || found == mark;
  }

  Cursor encode(UserId user, CursorSeal seal) {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.put(FORMAT).putLong(epoch).putLong(position).putLong(mark);
    bytes.putLong(seal.of(user, this));
    return new Cursor(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array()));
  }

  /** What is in a cursor, if it is one that was handed out to this user. */
  static Optional<CursorToken> decode(UserId user, Cursor cursor, CursorSeal seal) {
    ByteBuffer bytes;
    try {
      bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(cursor.token()));
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
    if (bytes.remaining() != BYTES || bytes.get() != FORMAT) {
      return Optional.empty();
    }
    CursorToken token = new CursorToken(bytes.getLong(), bytes.getLong(), bytes.getLong());
    return bytes.getLong() == seal.of(user, token) ? Optional.of(token) : Optional.empty();
  }
}
