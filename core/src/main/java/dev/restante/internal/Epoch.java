package dev.restante.internal;

import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StoredRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The store's epoch, as far as this node knows. It rises when the store is found to have lost
 * acknowledged writes: numbers above the present heads were used before and will be used again for
 * other things, so every cursor of an earlier epoch is void. Safe for use by many threads.
 */
final class Epoch {
  private static final long FIRST = 1;

  private final AtomicLong known = new AtomicLong(FIRST);
  private final List<Runnable> onRise = new ArrayList<>();

  /** Adds what to do when it rises; only while the node is being wired. */
  void onRise(Runnable action) {
    onRise.add(action);
  }

  long known() {
    return known.get();
  }

  /** Takes the epoch from records that were read together with {@link Keys#EPOCH}. */
  long observe(Map<RecordKey, StoredRecord> records) {
    StoredRecord stored = records.get(Keys.EPOCH);
    return observe(stored == null ? FIRST : stored.version());
  }

  private long observe(long seen) {
    long before = known.getAndAccumulate(seen, Math::max);
    if (seen > before) {
      onRise.forEach(Runnable::run);
    }
    return known.get();
  }

  /**
   * What raises the store's epoch above this one. Two nodes that find the same loss raise it once.
   */
  static RecordWrite above(long epoch) {
    return RecordWrite.raise(Keys.EPOCH, epoch + 1, RecordCodec.encode(out -> {}));
  }

  void raised(long to) {
    observe(to);
  }
}
