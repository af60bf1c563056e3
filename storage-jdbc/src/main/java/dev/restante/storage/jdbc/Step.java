package dev.restante.storage.jdbc;

import dev.restante.storage.CommitOutcome.Cause;

/**
 * One statement of a commit.
 *
 * @param op what it does
 * @param rows its rows, sorted by key so that nodes cannot deadlock each other
 * @param expect what makes it a success
 * @param cause what a violated key means; what a failed expectation means is said by {@link
 *     #failed}
 */
record Step(Op op, Columns rows, Expect expect, Cause cause) {
  /** What makes a step a success. */
  enum Expect {
    /** Anything but an exception. */
    ANYTHING,
    /** As many rows changed as were sent. */
    EVERY_ROW,
    /** A query that finds nothing. */
    NO_ROW
  }

  /** What a failed expectation means, in a session. */
  Cause failed(Session session) {
    if (op == Op.FIND_STRAY) {
      throw new Outdated(session.generation());
    }
    if (op == Op.FIND_COUNTED) {
      throw new GuardCheck.CountsMoved();
    }
    return cause;
  }
}
