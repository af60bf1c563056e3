package dev.restante.api.message;

import dev.restante.api.InvalidValueException;
import dev.restante.api.Result;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Submits what transactions of the host enqueued. Works by itself; this is for those who are in a
 * hurry, and for what was refused.
 *
 * <p>Safe for use by many threads; no method blocks. Stages complete on the callback executor, with
 * {@code UNAVAILABLE} if the host's database cannot be reached.
 */
public interface Relay {
  /** The most dead letters in a list. */
  int MAX_LIMIT = 1000;

  /**
   * Says that a transaction which enqueued something was committed, so that the relay of this node
   * looks at once. Without it the relay finds out within {@code pollInterval}. May be called as
   * often as one likes.
   */
  void hint();

  /**
   * Drafts that were refused for good, those with the lowest numbers first.
   *
   * @param afterId where to go on: the last number seen, 0 to begin
   * @param limit the most letters, 1 to {@value #MAX_LIMIT}; there may be fewer although more
   *     follow, but never none
   * @throws InvalidValueException if the limit is out of bounds
   */
  CompletionStage<Result<List<DeadLetter>>> deadLetters(long afterId, int limit);

  /**
   * Enqueues a dead letter again, behind everything that waits, under the same client id.
   *
   * @return whether there was one of that number
   */
  CompletionStage<Result<Boolean>> retry(long id);

  /**
   * Removes a dead letter for good.
   *
   * @return whether there was one of that number
   */
  CompletionStage<Result<Boolean>> discard(long id);
}
