package dev.restante.storage.jdbc;

import dev.restante.storage.StreamHead;
import org.jspecify.annotations.Nullable;

/**
 * The heads of streams as this node left or found them in its {@linkplain Turns turns}, and how far
 * it has read of what other nodes noted in theirs.
 *
 * <p>They may be too low: whoever writes outside a turn notes nothing. Then the commit that goes by
 * them is a conflict, and they are forgotten. They are never too high, since they belong to a
 * generation of {@link StreamIds}, which ends with whatever may have lost commits.
 *
 * <p>Each message asks for three and puts six, so this is no cache that counts who is asked for:
 * what was put or asked for since the older half was let go stays. Nor is it a map of objects: in
 * one, each of these nine is four reads that miss the processor's caches, and a database beside it
 * needs these as well.
 *
 * <p>Safe for use by many threads; each call takes the lock once.
 */
final class KnownHeads {
  private final int half;
  private Slots recent = new Slots(Slots.FIRST);
  private Slots older = new Slots(Slots.FIRST);
  private volatile long readTo;

  /**
   * @param capacity of how many streams at most; the half of it is known for certain
   */
  KnownHeads(long capacity) {
    half = (int) Math.max(1, Math.min(capacity / 2, Slots.MOST / 2));
  }

  /** The number of the last note that was read or written; 0 if nothing is known. */
  long readTo() {
    return readTo;
  }

  void readTo(long note) {
    readTo = note;
  }

  /** The heads of these streams, without floors; {@code null} where one is not known. */
  synchronized @Nullable StreamHead[] of(long[] streams) {
    @Nullable StreamHead[] heads = new StreamHead[streams.length];
    for (int i = 0; i < streams.length; i++) {
      heads[i] = of(streams[i]);
    }
    return heads;
  }

  private @Nullable StreamHead of(long stream) {
    int at = recent.find(stream);
    if (recent.has(at, stream)) {
      return recent.head(at);
    }
    int from = older.find(stream);
    if (!older.has(from, stream)) {
      return null;
    }
    StreamHead head = older.head(from);
    if (head != null) {
      put(stream, head.head(), head.ordinal(), head.timeMillis());
    }
    return head;
  }

  synchronized void put(long stream, StreamHead head) {
    put(stream, head.head(), head.ordinal(), head.timeMillis());
  }

  synchronized void putAll(Moved moved) {
    moved.forEach(this::put);
  }

  private void put(long stream, long head, long ordinal, long timeMillis) {
    int at = recent.find(stream);
    if (!recent.has(at, stream)) {
      if (recent.count >= half) {
        older = recent;
        recent = new Slots(older.slots());
      } else if (recent.isFull()) {
        recent = recent.grown();
      }
      at = recent.find(stream);
    }
    recent.set(at, stream, head, ordinal, timeMillis);
  }

  synchronized void forget(long[] streams) {
    for (long stream : streams) {
      recent.forget(stream);
      older.forget(stream);
    }
  }

  synchronized void forgetAll() {
    recent = new Slots(Slots.FIRST);
    older = new Slots(Slots.FIRST);
  }

  /**
   * A table with open addressing: number of the stream, or 0; head, or {@link #FORGOTTEN}; ordinal;
   * time. At least half of it is free, so that a search ends soon. Nothing is taken out of it.
   */
  private static final class Slots {
    static final int FIRST = 64;
    static final int MOST = 1 << 26;
    private static final long FORGOTTEN = -1;

    /** 2 to the 64th by the golden ratio: numbers that follow one another are far apart. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final long[] fields;
    private final int shift;
    private int count;

    /**
     * @param slots a power of two
     */
    Slots(int slots) {
      fields = new long[Moved.FIELDS * slots];
      shift = Long.numberOfLeadingZeros(slots) + 1;
    }

    int slots() {
      return fields.length / Moved.FIELDS;
    }

    boolean isFull() {
      return count >= slots() / 2;
    }

    /** Where the stream is, or is to be put. */
    int find(long stream) {
      int at = (int) ((stream * SPREAD) >>> shift) * Moved.FIELDS;
      while (fields[at] != 0 && fields[at] != stream) {
        at = at + Moved.FIELDS == fields.length ? 0 : at + Moved.FIELDS;
      }
      return at;
    }

    boolean has(int at, long stream) {
      return fields[at] == stream;
    }

    @Nullable StreamHead head(int at) {
      long head = fields[at + 1];
      return head == FORGOTTEN ? null : new StreamHead(head, fields[at + 2], fields[at + 3], 0);
    }

    void set(int at, long stream, long head, long ordinal, long timeMillis) {
      if (fields[at] == 0) {
        count++;
      }
      fields[at] = stream;
      fields[at + 1] = head;
      fields[at + 2] = ordinal;
      fields[at + 3] = timeMillis;
    }

    void forget(long stream) {
      int at = find(stream);
      if (has(at, stream)) {
        fields[at + 1] = FORGOTTEN;
      }
    }

    Slots grown() {
      Slots grown = new Slots(2 * slots());
      for (int at = 0; at < fields.length; at += Moved.FIELDS) {
        if (fields[at] != 0) {
          grown.set(
              grown.find(fields[at]), fields[at], fields[at + 1], fields[at + 2], fields[at + 3]);
        }
      }
      return grown;
    }
  }
}
