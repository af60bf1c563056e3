package dev.restante.storage.rocksdb;

import dev.restante.storage.ordered.Rows;
import dev.restante.storage.ordered.Table;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/**
 * Walks over part of a family. The bounds are told to the database, so that it never walks over
 * what was removed beyond them.
 */
final class RocksRows implements Rows {
  private final RocksEngine engine;
  private final boolean descending;
  private final Slice from;
  private final Slice before;
  private final ReadOptions options;
  private final RocksIterator rows;
  private boolean begun;

  RocksRows(
      RocksEngine engine,
      Snapshot snapshot,
      Table table,
      byte[] from,
      byte[] before,
      boolean descending) {
    this.engine = engine;
    this.descending = descending;
    this.from = new Slice(from);
    this.before = new Slice(before);
    this.options =
        new ReadOptions()
            .setSnapshot(snapshot)
            .setIterateLowerBound(this.from)
            .setIterateUpperBound(this.before);
    this.rows = engine.rocks().newIterator(engine.family(table), options);
  }

  @Override
  public boolean next() {
    if (begun) {
      step();
    } else {
      begin();
    }
    return rows.isValid() || end();
  }

  private void begin() {
    begun = true;
    if (descending) {
      rows.seekToLast();
    } else {
      rows.seekToFirst();
    }
  }

  private void step() {
    if (descending) {
      rows.prev();
    } else {
      rows.next();
    }
  }

  /** An iterator that failed looks like one at its end. */
  private boolean end() {
    try {
      rows.status();
      return false;
    } catch (RocksDBException e) {
      throw Failures.reading(engine.folder(), e);
    }
  }

  @Override
  public byte[] key() {
    return rows.key();
  }

  @Override
  public byte[] value() {
    return rows.value();
  }

  @Override
  public byte[] value(int bytes) {
    byte[] beginning = new byte[bytes];
    rows.value(beginning);
    return beginning;
  }

  @Override
  public void close() {
    rows.close();
    options.close();
    before.close();
    from.close();
  }
}
