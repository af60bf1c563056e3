package dev.restante.api.message;

import static java.util.Objects.requireNonNull;

import dev.restante.api.ConversationId;
import dev.restante.api.InvalidValueException;

/**
 * Which part of a conversation to read.
 *
 * @param conversation the conversation
 * @param fromSeq the lowest number wanted, 1 or more
 * @param toSeq the highest number wanted, 0 or more; {@link Long#MAX_VALUE} for the newest. Below
 *     {@code fromSeq}: none
 * @param backwards whether to begin at the highest
 * @param limit the most entries in the page, 1 to {@value #MAX_LIMIT}
 */
public record HistoryQuery(
    ConversationId conversation, long fromSeq, long toSeq, boolean backwards, int limit) {
  /** The most entries in a page. */
  public static final int MAX_LIMIT = 1000;

  /**
   * @throws InvalidValueException if the range begins before 1 or ends before 0, or the limit is
   *     out of bounds
   */
  public HistoryQuery {
    requireNonNull(conversation, "conversation");
    if (fromSeq < 1) {
      throw new InvalidValueException("fromSeq must be at least 1, is " + fromSeq);
    }
    if (toSeq < 0) {
      throw new InvalidValueException("toSeq must be at least 0, is " + toSeq);
    }
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new InvalidValueException("limit must be 1 to " + MAX_LIMIT + ", is " + limit);
    }
  }

  /** The newest entries, newest first. */
  public static HistoryQuery latest(ConversationId conversation, int limit) {
    return new HistoryQuery(conversation, 1, Long.MAX_VALUE, true, limit);
  }

  /**
   * Entries older than a number, newest first: what a reader who scrolls up wants.
   *
   * @param seq 1 or more
   * @throws InvalidValueException if {@code seq} or the limit is out of bounds
   */
  public static HistoryQuery before(ConversationId conversation, long seq, int limit) {
    if (seq < 1) {
      throw new InvalidValueException("before: seq must be at least 1, is " + seq);
    }
    return new HistoryQuery(conversation, 1, seq - 1, true, limit);
  }

  /**
   * Entries newer than a number, oldest first.
   *
   * @param seq 0, for the beginning, or more
   * @throws InvalidValueException if {@code seq} or the limit is out of bounds
   */
  public static HistoryQuery after(ConversationId conversation, long seq, int limit) {
    if (seq < 0 || seq == Long.MAX_VALUE) {
      throw new InvalidValueException(
          "after: seq must be 0 to " + (Long.MAX_VALUE - 1) + ", is " + seq);
    }
    return new HistoryQuery(conversation, seq + 1, Long.MAX_VALUE, false, limit);
  }
}
