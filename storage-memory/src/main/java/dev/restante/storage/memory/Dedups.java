package dev.restante.storage.memory;

import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The remembered submits. Beside the map there is a queue by expiry, so that a sweep looks at what
 * it removes and at nothing else; where expiry times rise, as they do when the window is constant,
 * entering the queue is one comparison. A replaced row stays in the queue until its turn comes and
 * is then told by its identity. Guarded by the area's lock.
 */
final class Dedups {
  private final Map<DedupKey, DedupRow> rows = new HashMap<>();
  private final PriorityQueue<DedupRow> byExpiry =
      new PriorityQueue<>(Comparator.comparingLong(DedupRow::expiresAtMillis));

  @Nullable DedupRow find(DedupKey key) {
    return rows.get(key);
  }

  Set<DedupKey> keys() {
    return rows.keySet();
  }

  boolean accepts(DedupRow row, long nowMillis) {
    DedupRow known = rows.get(row.key());
    return known == null || (row.replacesExpired() && known.expiresAtMillis() <= nowMillis);
  }

  void put(DedupRow row) {
    DedupRow stored = row.replacesExpired() ? asStored(row) : row;
    rows.put(stored.key(), stored);
    if (stored.expiresAtMillis() != Long.MAX_VALUE) {
      byExpiry.add(stored);
    }
  }

  /** The flag is an instruction for one commit, not part of what is remembered. */
  private static DedupRow asStored(DedupRow row) {
    return new DedupRow(
        row.key(), row.draftHash(), row.seq(), row.timeMillis(), row.expiresAtMillis(), false);
  }

  int removeExpired(long nowMillis, int limit) {
    int removed = 0;
    DedupRow oldest = byExpiry.peek();
    while (oldest != null && oldest.expiresAtMillis() <= nowMillis && removed < limit) {
      byExpiry.poll();
      if (isStored(oldest)) {
        rows.remove(oldest.key());
        removed++;
      }
      oldest = byExpiry.peek();
    }
    return removed;
  }

  @SuppressWarnings("ReferenceEquality") // an equal row that replaced this one is not this one
  private boolean isStored(DedupRow row) {
    return rows.get(row.key()) == row;
  }
}
