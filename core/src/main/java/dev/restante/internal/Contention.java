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
 * <p>Where a store locks by looking again, of a batch of hundreds of streams there may always be
 * one in which a node with smaller batches is quicker. So a plan that is asked for again and again
 * has fewer works each time, down to one, and the batches after it are as small, until they double
 * with each one that is committed as a whole.
 *
 * <p>Guarded by the committer's lock, but for {@link #mostWorks(int, int)}.
 */
final class Contention {
  static final int LONGEST_RUN = 64;
  static final int GROWTH = 8;

  /** How often all works of a batch are planned, before some of them have to wait. */
  static final int WHOLE_PLANS = 3;

  private int run;
  private int left;
  private int mostWorks = Integer.MAX_VALUE;

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
   * How many works are planned of a batch that is locked.
   *
   * @param works how many it has
   * @param nth how often it was planned before, and others came first
   */
  static int mostWorks(int works, int nth) {
    int quarters = Math.max(0, nth - WHOLE_PLANS + 1);
    return quarters < Integer.SIZE / 2 ? Math.max(1, works >> (2 * quarters)) : 1;
  }

  /** How many works the next batch may have. */
  int mostWorks() {
    return mostWorks;
  }

  /** So many works were committed of a batch that had so many. */
  void committed(int committed, int works) {
    if (committed < works) {
      mostWorks = committed;
    } else if (works >= mostWorks) {
      mostWorks += Math.min(Integer.MAX_VALUE - mostWorks, mostWorks);
    }
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
