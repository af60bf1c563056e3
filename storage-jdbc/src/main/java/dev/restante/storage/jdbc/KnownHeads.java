package dev.restante.storage.jdbc;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.StreamHead;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
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
 * what was put or asked for since the older half was let go stays. Safe for use by many threads.
 */
final class KnownHeads {
  private record Halves(Map<Long, StreamHead> recent, Map<Long, StreamHead> older) {
    static Halves none() {
      return new Halves(new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }
  }

  private final long half;
  private final AtomicReference<Halves> known = new AtomicReference<>(Halves.none());
  private volatile long readTo;

  /**
   * @param capacity of how many streams at most, give or take what is put at the same moment
   */
  KnownHeads(long capacity) {
    half = Math.max(1, capacity / 2);
  }

  /** The number of the last note that was read or written; 0 if nothing is known. */
  long readTo() {
    return readTo;
  }

  void readTo(long note) {
    readTo = note;
  }

  @Nullable StreamHead of(long stream) {
    Halves halves = requireNonNull(known.get());
    StreamHead head = halves.recent.get(stream);
    if (head == null) {
      head = halves.older.get(stream);
      if (head != null) {
        halves.recent.putIfAbsent(stream, head);
        letGo(halves);
      }
    }
    return head;
  }

  void put(long stream, StreamHead head) {
    Halves halves = requireNonNull(known.get());
    halves.recent.put(stream, head);
    letGo(halves);
  }

  private void letGo(Halves full) {
    if (full.recent.size() >= half) {
      known.compareAndSet(full, new Halves(new ConcurrentHashMap<>(), full.recent));
    }
  }

  void putAll(Map<Long, StreamHead> moved) {
    moved.forEach(this::put);
  }

  void forget(Collection<Long> streams) {
    Halves halves = requireNonNull(known.get());
    streams.forEach(halves.recent::remove);
    streams.forEach(halves.older::remove);
  }

  void forgetAll() {
    known.set(Halves.none());
  }
}
