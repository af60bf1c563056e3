package dev.restante.storage;

/**
 * How often a store found messages in its memory that rows of inboxes refer to, since it was
 * opened.
 *
 * @param hits how many were known
 * @param misses how many were looked up in their log
 */
public record MessageCacheCounts(long hits, long misses) {
  /** Of a store that remembers no messages. */
  public static final MessageCacheCounts NONE = new MessageCacheCounts(0, 0);
}
