package dev.restante.storage.jdbc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.restante.storage.StreamHead;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The heads of streams as this node left or found them in its {@linkplain Turns turns}, and how far
 * it has read of what other nodes noted in theirs.
 *
 * <p>They may be too low: whoever writes outside a turn notes nothing. Then the commit that goes by
 * them is a conflict, and they are forgotten. They are never too high, since they belong to a
 * generation of {@link StreamIds}, which ends with whatever may have lost commits. Safe for use by
 * many threads.
 */
final class KnownHeads {
  private final Cache<Long, StreamHead> heads;
  private volatile long readTo;

  KnownHeads(long capacity) {
    heads = Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
  }

  /** The number of the last note that was read or written; 0 if nothing is known. */
  long readTo() {
    return readTo;
  }

  void readTo(long note) {
    readTo = note;
  }

  @Nullable StreamHead of(long stream) {
    return heads.getIfPresent(stream);
  }

  void put(long stream, StreamHead head) {
    heads.put(stream, head);
  }

  void putAll(Map<Long, StreamHead> moved) {
    moved.forEach(heads::put);
  }

  void forget(Collection<Long> streams) {
    heads.invalidateAll(streams);
  }

  void forgetAll() {
    heads.invalidateAll();
  }
}
