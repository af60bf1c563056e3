package dev.restante.internal;

/**
 * How much other nodes get in this one's way, and whether batches are locked for it before they are
 * written.
 *
 * <p>A batch of hundreds of streams that two nodes share meets the other node nearly every time,
 * and then all of it was written for nothing. So after a batch that was written on known heads met
 * another node the next one is locked at once. One that is locked tells, too: if a stream is not
 * where this node left it, another one was there. Whoever is met again while batches are locked, or
 * by the first one that is not, makes the next {@value #GROWTH} locked, and then {@value
 * #LONGEST_RUN}. Where the store tells that it had to wait for another node's commit, that is to
 * meet it as well: whoever waits hears meanwhile where the other left the streams, so he finds
 * nothing that he had not heard of, and would take himself for alone. So where nodes meet seldom
 * hardly anything is locked, and where they meet all the time nothing is lost to find out.
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

  /** A batch met another node: in vain, or locked. */
  void met() {
    run = Math.min(LONGEST_RUN, Math.max(1, GROWTH * run));
    left = run;
  }

  /** Whether others were met so often that this node locks batch after batch. */
  boolean isLasting() {
    return run == LONGEST_RUN && left > 0;
  }

  /** A batch was filled that is locked. */
  void locked() {
    left--;
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
