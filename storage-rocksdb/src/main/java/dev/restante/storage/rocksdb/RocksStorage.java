package dev.restante.storage.rocksdb;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import java.nio.file.Path;

/**
 * The fast embedded store: RocksDB in one folder, used by one process, no server. Every commit is
 * one write that is forced to the disk before it returns. The folder must be on a local disk, and
 * nothing else may be in it.
 *
 * <p>Immutable; safe for use by many threads. Writes follow each other; any number of reads go on
 * beside them. About 200 MiB of memory outside the heap belong to an open store.
 */
public final class RocksStorage implements Storage {
  private final Path folder;

  private RocksStorage(Path folder) {
    this.folder = folder;
  }

  /** A store in this folder, which is made when it is opened if it is missing. */
  public static RocksStorage at(Path folder) {
    return new RocksStorage(folder.toAbsolutePath().normalize());
  }

  @Override
  public String description() {
    return "RocksDB folder " + folder;
  }

  /**
   * Opens the folder.
   *
   * @throws dev.restante.storage.StoreException with {@code UNAVAILABLE} if it is in use by another
   *     process or store, or cannot be created or read now; with {@code FAULT} if what is in it is
   *     damaged, or was written by a newer version of the library
   */
  @Override
  public Store open(StoreContext context) {
    return new RocksStore(Engine.open(folder, context.callTimeout()));
  }
}
