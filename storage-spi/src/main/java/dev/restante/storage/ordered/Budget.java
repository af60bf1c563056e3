package dev.restante.storage.ordered;

/** Rows and payload bytes that one page may have. For one thread. */
final class Budget {
  private final int limit;
  private final long maxBytes;
  private int count;
  private long bytes;

  Budget(int limit, long maxBytes) {
    this.limit = limit;
    this.maxBytes = maxBytes;
  }

  /** How many rows there is room for. */
  int left() {
    return limit - count;
  }

  /** Whether another row of this size fits; the first one always does. If so it is counted. */
  boolean takes(long rowBytes) {
    if (count == limit || (count > 0 && bytes + rowBytes > maxBytes)) {
      return false;
    }
    count++;
    bytes += rowBytes;
    return true;
  }
}
