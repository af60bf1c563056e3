package dev.restante.storage;

import java.util.Collection;
import java.util.List;

/**
 * An open {@link EnqueueSource}, as a relay uses it. Methods block, may be called by many threads,
 * and throw {@link StoreException} as those of a {@link Store} do. Transactions of the host that
 * are under way, for however long, hold up none of them, as far as the database can write for two
 * at once.
 */
public interface EnqueueTable extends AutoCloseable {
  /**
   * Committed rows, those with the lowest numbers, if it is this relay's turn. All rows that one
   * transaction left, up to the limits, appear in the same call; a row that was committed late
   * appears later, whatever its number.
   *
   * @param turn the claim, which is made if there is anything to do
   * @param exceptLanes rows of these lanes are passed over
   * @param limit the most rows, 1 or more
   * @param maxBytes the most bytes of payload; the first row is returned whatever its size
   */
  EnqueuedRows take(RelayTurn turn, Collection<Long> exceptLanes, int limit, long maxBytes);

  /**
   * In one step removes rows that were submitted and makes dead letters of others. Rows that are
   * not there any more, by number and hash, are passed over.
   *
   * @param owner the relay
   * @param release whether its turn is over
   */
  void settle(long owner, List<EnqueuedRow> done, List<DeadRow> dead, boolean release);

  /**
   * Dead letters in the order of their numbers.
   *
   * @param afterId where to go on; 0 to begin
   * @param limit the most letters, 1 or more
   * @param maxBytes the most bytes of payload; the first one is returned whatever its size
   */
  List<DeadRow> deadLetters(long afterId, int limit, long maxBytes);

  /**
   * Enqueues a dead letter again, behind all others, in one step.
   *
   * @return whether there was one of that number
   */
  boolean retry(long id);

  /**
   * Removes a dead letter.
   *
   * @return whether there was one of that number
   */
  boolean discard(long id);

  /** Closes what the source itself opened; later calls throw. Closing twice is harmless. */
  @Override
  void close();
}
