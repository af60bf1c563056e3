package dev.restante.storage.rocksdb;

import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/**
 * Walks over part of a family. The bounds are told to the engine, so that it never walks over what
 * was removed beyond them. For one thread.
 */
final class Scan implements AutoCloseable {
  private final Slice from;
  private final Slice before;
  private final ReadOptions options;
  private final RocksIterator rows;

  /**
   * @param snapshot the moment to see; {@code null} for now
   */
  Scan(Database database, Family family, @Nullable Snapshot snapshot, byte[] from, byte[] before) {
    this.from = new Slice(from);
    this.before = new Slice(before);
    this.options =
        new ReadOptions().setIterateLowerBound(this.from).setIterateUpperBound(this.before);
    if (snapshot != null) {
      options.setSnapshot(snapshot);
    }
    this.rows = database.rocks().newIterator(database.handle(family), options);
  }

  /** Goes to the first row. */
  boolean first() throws RocksDBException {
    rows.seekToFirst();
    return valid();
  }

  /** Goes to the last row. */
  boolean last() throws RocksDBException {
    rows.seekToLast();
    return valid();
  }

  boolean next() throws RocksDBException {
    rows.next();
    return valid();
  }

  boolean previous() throws RocksDBException {
    rows.prev();
    return valid();
  }

  /** An iterator that failed looks like one at its end. */
  private boolean valid() throws RocksDBException {
    if (rows.isValid()) {
      return true;
    }
    rows.status();
    return false;
  }

  byte[] key() {
    return rows.key();
  }

  byte[] value() {
    return rows.value();
  }

  /** The beginning of the value, as much as there is room for. */
  void value(byte[] beginning) {
    rows.value(beginning);
  }

  @Override
  public void close() {
    rows.close();
    options.close();
    before.close();
    from.close();
  }
}
