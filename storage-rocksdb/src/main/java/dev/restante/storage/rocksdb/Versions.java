package dev.restante.storage.rocksdb;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.restante.storage.RecordKey;
import org.rocksdb.RocksDBException;

/**
 * The versions of records. Those that commits were guarded on are remembered, since the next commit
 * of the same sender is guarded on the same record; that is sound because nobody else writes. The
 * writer's. Eviction runs on the calling thread.
 */
final class Versions {
  private final Database database;
  private final Streams streams;
  private final Cache<RecordKey, Long> guarded;

  /** The beginning of a value is enough for its version. */
  private final byte[] beginning = new byte[Long.BYTES];

  Versions(Database database, Streams streams, int capacity) {
    this.database = database;
    this.streams = streams;
    this.guarded = Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
  }

  /** The stored version; 0 if there is no record. */
  long of(RecordKey key) throws RocksDBException {
    Long remembered = guarded.getIfPresent(key);
    return remembered == null ? read(key) : remembered;
  }

  /** The same, of a record that is likely to be asked for again. */
  long ofGuarded(RecordKey key) throws RocksDBException {
    Long remembered = guarded.getIfPresent(key);
    if (remembered != null) {
      return remembered;
    }
    long version = read(key);
    guarded.put(key, version);
    return version;
  }

  private long read(RecordKey key) throws RocksDBException {
    long partition = streams.number(key.partition());
    boolean stored =
        partition != 0
            && database.get(
                Family.RECORD, Keys.record(partition, key.space(), key.id()), beginning);
    return stored ? Bytes.getLong(beginning, 0) : 0;
  }

  /** Tells of a record that has another version now. */
  void changed(RecordKey key) {
    guarded.invalidate(key);
  }
}
