package dev.restante.internal;

import dev.restante.storage.StoredRecord;
import java.util.random.RandomGenerator;

/**
 * Which session of a device is the current one: the one whose version this is. Versions rise; the
 * low bits are random, so that two nodes that claim a device at once differ, and the greater one
 * has it.
 *
 * @param version the record's version
 * @param seenMillis when it was written, in milliseconds since 1970
 * @param standstill whether the device comes back without getting any further
 */
record SessionRecord(long version, long seenMillis, Standstill standstill) {
  static final int RANDOM_BITS = 16;

  /** Before any session. */
  static final SessionRecord NONE = new SessionRecord(0, 0, Standstill.NONE);

  /**
   * What a session writes that claims the device.
   *
   * @param stamp rises with every claim of this node, by the clock at least, so that of two claims
   *     that did not see each other the later one wins
   * @param stands where the device stands now
   */
  SessionRecord claim(long stamp, long nowMillis, RandomGenerator random, Standstill stands) {
    long next = Math.max((version >>> RANDOM_BITS) + 1, stamp) << RANDOM_BITS;
    return new SessionRecord(next | random.nextInt(1 << RANDOM_BITS), nowMillis, stands);
  }

  /** What a session writes that is still there; less than any other claim. */
  SessionRecord touch(long nowMillis) {
    return new SessionRecord(version + 1, nowMillis, standstill);
  }

  /** What a session writes that hands out again what the one before it did. */
  SessionRecord resent(Standstill stands, long nowMillis) {
    return new SessionRecord(version + 1, nowMillis, stands);
  }

  static SessionRecord of(StoredRecord stored) {
    return RecordCodec.decode(
        stored.payload(),
        in -> new SessionRecord(stored.version(), in.readLong(), Standstill.read(in)));
  }

  byte[] encode() {
    return RecordCodec.encode(
        out -> {
          out.writeLong(seenMillis);
          standstill.write(out);
        });
  }
}
