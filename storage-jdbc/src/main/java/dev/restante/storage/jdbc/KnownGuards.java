package dev.restante.storage.jdbc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.restante.storage.Guard;
import dev.restante.storage.RecordKey;
import org.jspecify.annotations.Nullable;

/**
 * Which guards were found to hold, so that they need not be looked up again with every message: a
 * look-up each is as dear as remembering the message against repeats.
 *
 * <p>Records that commits are guarded on change in exclusive commits only ({@link
 * dev.restante.storage.Guard}), and an exclusive commit counts, in the row of each {@linkplain
 * GuardLocks lock} that it holds alone. So a guard that was found to hold when the count of its
 * lock was c holds as long as the count is c. A commit with guards holds their locks, shared, so
 * the counts stand still until its end; it asks for at most {@value GuardLocks#COUNT} of them, and
 * for the records that it does not know.
 *
 * <p>What is known belongs to a generation of {@link StreamIds}: after a failover that may have
 * lost commits, counts could be given again, and nothing is known. Safe for use by many threads.
 */
final class KnownGuards {
  private record Known(long version, long count) {}

  private final Cache<RecordKey, Known> known;
  private volatile long @Nullable [] counts;

  KnownGuards(long capacity) {
    known = Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
  }

  /** The counts as last read, by lock; {@code null} if they have to be read. */
  long @Nullable [] counts() {
    return counts;
  }

  void counts(long[] read) {
    counts = read;
  }

  /** Whether a guard holds as long as its lock has this count. */
  boolean holds(Guard guard, long count) {
    Known last = known.getIfPresent(guard.key());
    return last != null && last.version() == guard.version() && last.count() == count;
  }

  /** Learns that a guard held when its lock had this count. Only of a commit that succeeded. */
  void held(Guard guard, long count) {
    known.put(guard.key(), new Known(guard.version(), count));
  }
}
