package dev.restante.storage.jdbc;

import dev.restante.storage.Commit;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Where commits leave the heads of streams: what a node notes for the others, and puts into its
 * {@link KnownHeads}. Of the floors, by which nobody plans, it says nothing.
 *
 * <p>A batch moves a thousand streams, so this is one array and not an object for each. Unmodified
 * once it was made, so safe for use by many threads.
 */
final class Moved {
  /** Number of the stream, head, ordinal, time. */
  static final int FIELDS = 4;

  static final Moved NONE = new Moved(new long[0]);

  private final long[] fields;

  private Moved(long[] fields) {
    this.fields = fields;
  }

  /** The heads of the streams that a commit appends to. */
  static Moved by(Commit commit, Numbers numbers) {
    long[] fields = new long[FIELDS * (commit.logs().size() + commit.inboxes().size())];
    int at = 0;
    for (LogAppend append : commit.logs()) {
      LogRow last = append.rows().get(append.rows().size() - 1);
      fields[at++] = numbers.of(append.log());
      fields[at++] = last.seq();
      fields[at++] = last.ordinal();
      fields[at++] = last.timeMillis();
    }
    for (InboxAppend append : commit.inboxes()) {
      fields[at] = numbers.of(append.inbox());
      fields[at + 1] = append.rows().get(append.rows().size() - 1).position();
      at += FIELDS;
    }
    return new Moved(fields);
  }

  static Moved decode(byte[] note) {
    long[] fields = new long[note.length / (FIELDS * Long.BYTES) * FIELDS];
    ByteBuffer.wrap(note).asLongBuffer().get(fields);
    return new Moved(fields);
  }

  byte[] encode() {
    ByteBuffer note = ByteBuffer.allocate(fields.length * Long.BYTES);
    note.asLongBuffer().put(fields);
    return note.array();
  }

  boolean isEmpty() {
    return fields.length == 0;
  }

  /** Takes where one stream was left. */
  interface Taker {
    void take(long stream, long head, long ordinal, long timeMillis);
  }

  void forEach(Taker taker) {
    for (int at = 0; at < fields.length; at += FIELDS) {
      taker.take(fields[at], fields[at + 1], fields[at + 2], fields[at + 3]);
    }
  }

  /** Whether one of the streams is among these. */
  boolean anyOf(Set<Long> streams) {
    for (int at = 0; at < fields.length && !streams.isEmpty(); at += FIELDS) {
      if (streams.contains(fields[at])) {
        return true;
      }
    }
    return false;
  }
}
