package dev.restante.storage.rocksdb;

import dev.restante.storage.ordered.Rows;
import dev.restante.storage.ordered.Snapshot;
import dev.restante.storage.ordered.Table;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;

/**
 * The database as it was at one moment. Keys are asked for one by one: {@code multiGetAsList} of
 * RocksJava answers {@code null} for a key that could not be read, as for one that is not there.
 */
final class RocksSnapshot implements Snapshot {
  private final RocksEngine engine;
  private final org.rocksdb.Snapshot snapshot;
  private final ReadOptions options;

  RocksSnapshot(RocksEngine engine) {
    this.engine = engine;
    this.snapshot = engine.rocks().getSnapshot();
    this.options = new ReadOptions().setSnapshot(snapshot);
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    try {
      return engine.rocks().get(engine.family(table), options, key);
    } catch (RocksDBException e) {
      throw Failures.reading(engine.folder(), e);
    }
  }

  @Override
  public Rows rows(Table table, byte[] from, byte[] before, boolean descending) {
    return new RocksRows(engine, snapshot, table, from, before, descending);
  }

  @Override
  public void close() {
    options.close();
    engine.rocks().releaseSnapshot(snapshot);
  }
}
