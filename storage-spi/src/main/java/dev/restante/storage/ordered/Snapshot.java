package dev.restante.storage.ordered;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every table as it was at one moment, whatever is written meanwhile. Used by one thread, and only
 * for the time of one call of the store.
 */
public interface Snapshot extends AutoCloseable {
  /** What was stored under a key; {@code null} if nothing. The array is the caller's. */
  byte @Nullable [] get(Table table, byte[] key);

  /**
   * What was stored under keys of one table: as many answers as keys, in their order, {@code null}
   * where nothing was. Worth overriding where an engine looks up many keys faster than one by one.
   */
  default List<byte @Nullable []> get(Table table, List<byte[]> keys) {
    List<byte @Nullable []> found = new ArrayList<>(keys.size());
    for (byte[] key : keys) {
      found.add(get(table, key));
    }
    return found;
  }

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
