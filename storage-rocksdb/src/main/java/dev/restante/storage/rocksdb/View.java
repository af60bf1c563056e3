package dev.restante.storage.rocksdb;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.Snapshot;

/** Everything as it was at one moment, whatever is written meanwhile. For one thread. */
final class View implements AutoCloseable {
  private final Database database;
  private final Snapshot snapshot;
  private final ReadOptions options;

  View(Database database) {
    this.database = database;
    this.snapshot = database.rocks().getSnapshot();
    this.options = new ReadOptions().setSnapshot(snapshot);
  }

  byte @Nullable [] get(Family family, byte[] key) throws RocksDBException {
    return database.rocks().get(database.handle(family), options, key);
  }

  /** As many answers as keys, in their order, {@code null} where nothing is stored. */
  List<byte @Nullable []> get(Family family, List<byte[]> keys) throws RocksDBException {
    return database
        .rocks()
        .multiGetAsList(options, Collections.nCopies(keys.size(), database.handle(family)), keys);
  }

  /** The keys from one on and before another one. */
  Scan scan(Family family, byte[] from, byte[] before) {
    return new Scan(database, family, snapshot, from, before);
  }

  @Override
  public void close() {
    options.close();
    database.rocks().releaseSnapshot(snapshot);
  }
}
