package dev.restante.storage.memory;

import dev.restante.storage.StreamHead;

/** What logs and inboxes have in common: rows above a floor. Guarded by the area's lock. */
abstract class Stream<R> {
  final Rows<R> rows = new Rows<>();
  private long floor;

  abstract StreamHead head();

  /** Called for each row that a trim removes, oldest first. */
  abstract void onTrimmed(R row);

  final long floor() {
    return floor;
  }

  final long headNumber() {
    return rows.isEmpty() ? floor : Math.max(floor, rows.lastNumber());
  }

  /**
   * Whether rows may follow the expected head. An unverified append above the head is let through
   * and leaves a gap, as it would under a primary key: nothing above may rely on more.
   */
  final boolean accepts(long expectedHead, boolean verify) {
    long head = headNumber();
    return verify ? head == expectedHead : head <= expectedHead;
  }

  final long trim(long through, int maxRows) {
    long target = Math.min(through, headNumber());
    if (target > floor) {
      floor = Math.max(floor, rows.removeThrough(target, maxRows, this::onTrimmed));
    }
    return floor;
  }
}
