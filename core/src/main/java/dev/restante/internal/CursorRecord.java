package dev.restante.internal;

import dev.restante.api.sync.Device;
import dev.restante.storage.StoredRecord;

/**
 * What is kept of a device's cursor. The record's version orders cursors: first by the store's
 * epoch, then by position, so that after a loss of writes a device may be put back.
 *
 * @param epoch the epoch in which the position counts
 * @param position how far the device acknowledged its user's inbox
 * @param seenMillis when it did so, in milliseconds since 1970
 * @param mark the mark of the row at that position: see {@link CursorToken}
 * @param registeredMillis when the device was registered that it is of: a session of an earlier
 *     registration may write late
 * @param fresh whether the device is new and must begin with a snapshot
 */
record CursorRecord(
    long epoch, long position, long seenMillis, long mark, long registeredMillis, boolean fresh) {
  private static final int POSITION_BITS = 44;
  private static final long POSITIONS = (1L << POSITION_BITS) - 1;

  static CursorRecord of(StoredRecord stored) {
    return RecordCodec.decode(
        stored.payload(),
        in ->
            new CursorRecord(
                stored.version() >>> POSITION_BITS,
                stored.version() & POSITIONS,
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readBoolean()));
  }

  /** The same for a device as it is registered now: new, if this is of an earlier registration. */
  CursorRecord of(Device registered) {
    return registeredMillis == registered.registeredAt().toEpochMilli()
        ? this
        : new CursorRecord(epoch, position, seenMillis, mark, registeredMillis, true);
  }

  /**
   * For a device that is registered while nothing is known of where it stands. What it says itself
   * does not help: it may have been registered anew since, and have missed what its user sent.
   */
  static CursorRecord lost(long epoch, Device registered) {
    long since = registered.registeredAt().toEpochMilli();
    return new CursorRecord(epoch, 0, since, CursorToken.NO_MARK, since, true);
  }

  CursorToken token() {
    return new CursorToken(epoch, position, mark);
  }

  /** The record's version; the epoch is at least 1, so the version is too. */
  long version() {
    return epoch << POSITION_BITS | position;
  }

  byte[] encode() {
    return RecordCodec.encode(
        out -> {
          out.writeLong(seenMillis);
          out.writeLong(mark);
          out.writeLong(registeredMillis);
          out.writeBoolean(fresh);
        });
  }
}
