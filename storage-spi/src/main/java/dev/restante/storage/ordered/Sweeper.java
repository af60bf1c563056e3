package dev.restante.storage.ordered;

/**
 * Removes submits that expired, in the order of expiry. It remembers how far it came, because what
 * it removed lies at the beginning of the order and would be walked over each time. The writer's.
 */
final class Sweeper {
  private final Data data;

  /** No stored submit expires before. */
  private long sweptToMillis = Long.MIN_VALUE;

  Sweeper(Data data) {
    this.data = data;
  }

  /** Tells of a submit that is stored now. */
  void added(long expiresAtMillis) {
    sweptToMillis = Math.min(sweptToMillis, expiresAtMillis);
  }

  /** Removes at most so many, in one step. */
  int sweep(long nowMillis, int limit) {
    if (nowMillis < sweptToMillis) {
      return 0;
    }
    byte[] end = nowMillis == Long.MAX_VALUE ? Keys.number(-1) : Keys.expiry(nowMillis + 1);
    Batch batch = new Batch();
    int count = 0;
    long last = sweptToMillis;
    try (Snapshot now = data.snapshot();
        Rows rows = now.rows(Table.EXPIRY, Keys.expiry(sweptToMillis), end, false)) {
      while (count < limit && rows.next()) {
        byte[] key = rows.key();
        batch.delete(Table.EXPIRY, key);
        batch.delete(Table.DEDUP, Keys.expired(key));
        last = Keys.expiresAtMillis(key);
        count++;
      }
    }
    batch.writeTo(data);
    sweptToMillis = last;
    return count;
  }
}
