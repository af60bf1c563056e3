package dev.restante.api.message;

import static java.util.Objects.requireNonNull;

import dev.restante.api.ConversationId;
import dev.restante.api.InvalidValueException;

/**
 * Which part of a conversation to read.
 *
 * @param conversation the conversation
 * @param fromSeq the lowest number wanted, 1 or more
 * @param toSeq the highest number wanted; {@link Long#MAX_VALUE} for the newest
 * @param backwards whether to begin at the highest
 * @param limit the most entries in the page, 1 to {@value #MAX_LIMIT}
 */
public record HistoryQuery(
    ConversationId conversation, long fromSeq, long toSeq, boolean backwards, int limit) {
  /** The most entries in a page. */
  public static final int MAX_LIMIT = 1000;

  /**
   * @throws InvalidValueException if the range begins before 1 or the limit is out of bounds
   */
  public HistoryQuery {
    requireNonNull(conversation, "conversation");
    if (fromSeq < 1) {
      throw new InvalidValueException("fromSeq must be at least 1, is " + fromSeq);
    }
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new InvalidValueException("limit must be 1 to " + MAX_LIMIT + ", is " + limit);
    }
  }

  /** The newest entries, newest first. */
  public static HistoryQuery latest(ConversationId conversation, int limit) {
    return new HistoryQuery(conversation, 1, Long.MAX_VALUE, true, limit);
  }

  /** Entries older than a number, newest first: what a reader who scrolls up wants. */
  public static HistoryQuery before(ConversationId conversation, long seq, int limit) {
    return new HistoryQuery(conversation, 1, seq - 1, true, limit);
  }

  /** Entries newer than a number, oldest first. */
  public static HistoryQuery after(ConversationId conversation, long seq, int limit) {
    return new HistoryQuery(conversation, seq + 1, Long.MAX_VALUE, false, limit);
  }
}
