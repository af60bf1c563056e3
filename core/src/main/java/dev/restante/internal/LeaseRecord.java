package dev.restante.internal;

import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StoredRecord;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who does a kind of background work, and the fence that he put up for it: two records of one form.
 * Versions rise with every change and never come again, also where the store lost writes meanwhile,
 * as their low bits are random. So the records are never removed.
 *
 * @param version the record's version; 0 if there is none yet
 * @param holder the number of the node that has the lease, or put up the fence; {@link #NOBODY} if
 *     it was let go
 */
record LeaseRecord(long version, long holder) {
  static final long NOBODY = 0;

  private static final int RANDOM_BITS = 16;
  private static final LeaseRecord NONE = new LeaseRecord(0, NOBODY);

  static LeaseRecord of(@Nullable StoredRecord stored) {
    return stored == null
        ? NONE
        : RecordCodec.decode(
            stored.payload(), in -> new LeaseRecord(stored.version(), in.readLong()));
  }

  /** What follows this one, with that holder. */
  LeaseRecord next(long newHolder, RandomGenerator random) {
    long version = ((this.version >>> RANDOM_BITS) + 1) << RANDOM_BITS;
    return new LeaseRecord(version | random.nextInt(1 << RANDOM_BITS), newHolder);
  }

  /** Puts this in the place of that, and of nothing else. */
  RecordWrite inPlaceOf(LeaseRecord before, RecordKey key) {
    return RecordWrite.replace(
        key, before.version, version, RecordCodec.encode(out -> out.writeLong(holder)));
  }

  boolean isFree() {
    return holder == NOBODY;
  }
}
