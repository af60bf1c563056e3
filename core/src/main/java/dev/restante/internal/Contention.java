package dev.restante.internal;

/**
 * How much other nodes get in this one's way, and whether batches lock their streams for it before
 * they are written.
 *
 * <p>A batch of hundreds of streams that two nodes share meets the other node nearly every time,
 * and then all of it was written for nothing. So after a batch that was written on known heads met
 * another node the next one is locked at once; if the one after that meets another node again, the
 * next {@value #GROWTH} are, up to {@value #LONGEST_RUN}. A single one that is not locked and
 * passes ends that: where nodes meet seldom, hardly anything is locked, and where they meet all the
 * time one batch in {@value #LONGEST_RUN} is lost.
 *
 * <p>Guarded by the committer's lock.
 */
final class Contention {
  static final int LONGEST_RUN = 64;
  static final int GROWTH = 8;

  private int run;
  private int left;

  /** Whether the next batch is to be locked. */
  boolean isHigh() {
    return left > 0;
  }

  /** A batch was filled that is locked. */
  void locked() {
    left--;
  }

  /** A batch that was not locked met another node. */
  void met() {
    run = Math.min(LONGEST_RUN, Math.max(1, GROWTH * run));
    left = run;
  }

  /**
   * A batch that was not locked was committed; one that was begun before the others says nothing.
   */
  void passed() {
    if (left == 0) {
      run = 0;
    }
  }
}
