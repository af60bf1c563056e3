package dev.restante.storage.ordered;

import org.jspecify.annotations.Nullable;

/**
 * Every table as it was at one moment, whatever is written meanwhile. Used by one thread, and only
 * for the time of one call of the store.
 */
public interface Snapshot extends AutoCloseable {
  /** What was stored under a key; {@code null} if nothing. The array is the caller's. */
  byte @Nullable [] get(Table table, byte[] key);

  /**
   * The rows with keys from one on and below another one, compared byte by byte, unsigned.
   *
   * @param from the least key, there or not; it may be empty
   * @param before the least key that is too great, there or not; above {@code from}
   * @param descending whether the greatest key comes first
   */
  Rows rows(Table table, byte[] from, byte[] before, boolean descending);

  /** Ends the reading. Called once. */
  @Override
  void close();
}
