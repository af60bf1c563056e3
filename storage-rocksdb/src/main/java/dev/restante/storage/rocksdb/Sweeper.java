package dev.restante.storage.rocksdb;

import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Removes submits that expired, in the order of expiry. It remembers how far it came, because what
 * it removed lies at the beginning of the order and would be walked over each time. The writer's.
 */
final class Sweeper {
  private final Database database;

  /** No stored submit expires before. */
  private long sweptToMillis = Long.MIN_VALUE;

  Sweeper(Database database) {
    this.database = database;
  }

  /** Tells of a submit that is stored now. */
  void added(long expiresAtMillis) {
    sweptToMillis = Math.min(sweptToMillis, expiresAtMillis);
  }

  /** Removes at most so many, in one step that power may undo: they stay expired. */
  int sweep(long nowMillis, int limit) throws RocksDBException {
    if (nowMillis < sweptToMillis) {
      return 0;
    }
    byte[] end = nowMillis == Long.MAX_VALUE ? Keys.number(-1) : Keys.expiry(nowMillis + 1);
    int count = 0;
    long last = sweptToMillis;
    try (WriteBatch batch = new WriteBatch();
        Scan scan = new Scan(database, Family.EXPIRY, null, Keys.expiry(sweptToMillis), end)) {
      boolean more = scan.first();
      while (more && count < limit) {
        byte[] key = scan.key();
        batch.delete(database.handle(Family.EXPIRY), key);
        batch.delete(database.handle(Family.DEDUP), Keys.expired(key));
        last = Keys.expiresAtMillis(key);
        count++;
        more = scan.next();
      }
      if (count > 0) {
        database.writeUnsynced(batch);
      }
    }
    sweptToMillis = last;
    return count;
  }
}
