package dev.restante.storage.rocksdb;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.ordered.OrderedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The fast embedded store: RocksDB in one folder, used by one process, no server. Every commit is
 * one write that is forced to the disk before it returns. The folder must be on a local disk, and
 * nothing else may be in it.
 *
 * <p>Immutable; safe for use by many threads. Writes follow each other; any number of reads go on
 * beside them. An open store has about 200 MiB of memory outside the heap, and inside it some 300
 * bytes for each of the 200,000 streams last used.
 */
public final class RocksStorage implements Storage {
  private static final int REMEMBERED_STREAMS = 200_000;

  private final Path folder;
  private final int rememberedStreams;

  private RocksStorage(Path folder, int rememberedStreams) {
    this.folder = folder;
    this.rememberedStreams = rememberedStreams;
  }

  /** A store in this folder, which is made when it is opened if it is missing. */
  public static RocksStorage at(Path folder) {
    return new RocksStorage(
        requireNonNull(folder, "folder").toAbsolutePath().normalize(), REMEMBERED_STREAMS);
  }

  /** The same with another number of streams whose heads are kept in memory, for tests. */
  RocksStorage remembering(int streams) {
    return new RocksStorage(folder, streams);
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
    Path real = made(folder);
    return OrderedStore.open(
        () -> RocksEngine.open(real), context.callTimeout(), rememberedStreams);
  }

  private static Path made(Path folder) {
    try {
      return Files.createDirectories(folder).toRealPath();
    } catch (IOException e) {
      throw new StoreException(Effect.UNAVAILABLE, "Cannot create " + folder, e);
    }
  }
}
