package dev.restante.storage.mongo;

/** How many rows and bytes a read may still return. Used by one thread. */
final class Budget {
  private final int limit;
  private final long maxBytes;
  private int rows;
  private long bytes;

  Budget(int limit, long maxBytes) {
    this.limit = limit;
    this.maxBytes = maxBytes;
  }

  /** Whether a row fits, and if so counts it. The first one always does. */
  boolean takes(long size) {
    if (rows == limit || (rows > 0 && bytes + size > maxBytes)) {
      return false;
    }
    rows++;
    bytes += size;
    return true;
  }

  /** How many more rows fit, if they are like the ones before; that many at first. */
  int likely(int first, int most) {
    if (rows == 0) {
      return first;
    }
    long average = Math.max(1, bytes / rows);
    return (int) Math.max(1, Math.min(most, (maxBytes - bytes) / average));
  }

  /** The most rows that may still come. */
  int left() {
    return limit - rows;
  }
}
