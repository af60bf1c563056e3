package dev.restante.storage.jdbc;

import dev.restante.storage.Commit;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamHead;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** Where a commit leaves the heads of its streams, and the note that tells other nodes. */
final class Moved {
  /** Number of the stream, head, ordinal, time. */
  private static final int ENTRY_BYTES = 4 * Long.BYTES;

  private Moved() {}

  /** The heads of the streams that a commit appends to, by the streams' numbers. */
  static Map<Long, StreamHead> by(Commit commit, Numbers numbers) {
    Map<Long, StreamHead> heads =
        new HashMap<>(2 * (commit.logs().size() + commit.inboxes().size()));
    for (LogAppend append : commit.logs()) {
      LogRow last = append.rows().get(append.rows().size() - 1);
      heads.put(numbers.of(append.log()), head(last.seq(), last.ordinal(), last.timeMillis()));
    }
    for (InboxAppend append : commit.inboxes()) {
      long last = append.rows().get(append.rows().size() - 1).position();
      heads.put(numbers.of(append.inbox()), head(last, 0, 0));
    }
    return heads;
  }

  /** Without the floor, which nobody plans by. */
  private static StreamHead head(long head, long ordinal, long timeMillis) {
    return new StreamHead(head, ordinal, timeMillis, 0);
  }

  static byte[] encode(Map<Long, StreamHead> heads) {
    ByteBuffer note = ByteBuffer.allocate(heads.size() * ENTRY_BYTES);
    heads.forEach(
        (stream, head) ->
            note.putLong(stream)
                .putLong(head.head())
                .putLong(head.ordinal())
                .putLong(head.timeMillis()));
    return note.array();
  }

  /** Hands the streams of a note to somebody, by their numbers. */
  static void decode(byte[] note, BiConsumer<Long, StreamHead> into) {
    ByteBuffer left = ByteBuffer.wrap(note);
    while (left.remaining() >= ENTRY_BYTES) {
      into.accept(left.getLong(), head(left.getLong(), left.getLong(), left.getLong()));
    }
  }
}
