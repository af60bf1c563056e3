package dev.restante.internal;

import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is in a cursor: format, the store's epoch, the position, the mark of the row there, and the
 * {@link CursorSeal}.
 *
 * <p>The mark tells a row from another one that took its number after the store lost writes: a
 * position alone would not, once the inbox has grown past it again. Half of it says what the row
 * means, half when that was said, since the latter is gone once the history was trimmed. One bit
 * says whether the row may go by compaction; any other can only be gone with all that is before it.
 *
 * @param epoch the store's epoch
 * @param position the place in the inbox
 * @param mark the mark of the row at that place; {@link #NO_MARK} if there was none to see
 */
record CursorToken(long epoch, long position, long mark) {
  static final long NO_MARK = 0;

  private static final byte FORMAT = 1;
  private static final int BYTES = 1 + 8 + 8 + 8 + 8;
  private static final long STAYS = 1L << 32;
  private static final long WHEN = STAYS - 1;

  /** The mark of a row: of what it means, and of when it or what it refers to was said. */
  static long mark(InboxItem item) {
    InboxRow row = item.row();
    StreamKey log = row.log();
    LogRow logRow = item.logRow();
    long what = mix(mix(mix(row.type(), Objects.hashCode(row.key())), row.seq()), nameHash(log));
    long when = 0;
    if (logRow != null) {
      when = Math.max(1, mix(1, logRow.timeMillis()) & WHEN);
    } else if (log == null) {
      when = Math.max(1, mix(1, Arrays.hashCode(row.payload())) & WHEN);
    }
    long stays = row.key() == null ? STAYS : 0;
    // Of its own half at least one bit is set, so that no row is without a mark.
    return (what & ~WHEN & ~STAYS) | Long.MIN_VALUE | stays | when;
  }

  private static int nameHash(@Nullable StreamKey log) {
    return log == null ? 0 : log.name().hashCode();
  }

  private static long mix(long hash, long value) {
    long mixed = (hash ^ value) * 0x9E3779B97F4A7C15L;
    return mixed ^ mixed >>> 32;
  }

  /** Whether the row at this cursor's place may be the one that the cursor was given for. */
  boolean fits(InboxItem item) {
    long found = mark(item);
    boolean sameTime = (mark & WHEN) == 0 || (found & WHEN) == 0 || ((mark ^ found) & WHEN) == 0;
    return mark == NO_MARK || (sameTime && ((mark ^ found) & ~WHEN) == 0);
  }

  /** Whether the row at this cursor's place, if it is not there, can only have been trimmed. */
  boolean stays() {
    return (mark & STAYS) != 0;
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
