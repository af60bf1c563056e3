package dev.restante.storage.jdbc;

/**
 * Which locks a commit takes for its guards, and for the records that it changes under the eyes of
 * guards (rule G2). There are {@value #COUNT}, and the number of a record's partition tells which
 * one is its. A commit takes them in their order, so that no two wait for each other.
 *
 * <p>Why so many, and no more? An exclusive commit waits for all that hold its lock, and all that
 * want it wait behind the exclusive commit, in a queue. With one lock, a node that was paused in
 * the middle of a commit and a device that is registered, of any user of any tenant, together stop
 * every submit of everybody until a time-out ends the wait. With one a record, a batch of 500
 * messages would hold 500, and a few nodes fill the server's table of locks (64 for each connection
 * by default). So: at most as many as PostgreSQL counts on for one transaction, and a commit of one
 * message, or of a few, meets a given exclusive one seldom. A full batch holds nearly all of them.
 *
 * <p>For one thread.
 */
final class GuardLocks {
  static final int COUNT = 64;

  private long shared;
  private long alone;

  void share(long partition) {
    shared |= bit(partition);
  }

  void claim(long partition) {
    alone |= bit(partition);
  }

  /** Of every node and version the same. */
  static int of(long partition) {
    return (int) ((partition * 0x9E3779B97F4A7C15L) >>> 58);
  }

  private static long bit(long partition) {
    return 1L << of(partition);
  }

  /** Those that are held alone, in their order. */
  Columns claimed() {
    short[] lock = numbers(alone);
    return new Columns(lock.length, lock);
  }

  /** Those that are shared, in their order, and the count that each is expected to have. */
  Columns shared(GuardCheck check) {
    short[] lock = numbers(shared);
    long[] count = new long[lock.length];
    for (int i = 0; i < lock.length; i++) {
      count[i] = check.count(lock[i]);
    }
    return new Columns(lock.length, lock, count);
  }

  private static short[] numbers(long locks) {
    short[] numbers = new short[Long.bitCount(locks)];
    long left = locks;
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (short) Long.numberOfTrailingZeros(left);
      left &= left - 1;
    }
    return numbers;
  }

  /** The numbers of the locks in their order, and whether each is to be held alone (1) or not. */
  Columns columns() {
    short[] lock = numbers(shared | alone);
    short[] claimed = new short[lock.length];
    for (int i = 0; i < lock.length; i++) {
      claimed[i] = (short) ((alone >>> lock[i]) & 1);
    }
    return new Columns(lock.length, lock, claimed);
  }
}
