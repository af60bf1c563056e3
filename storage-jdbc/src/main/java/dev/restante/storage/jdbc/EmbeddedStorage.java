package dev.restante.storage.jdbc;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import java.nio.file.Path;

/**
 * The embedded durable default: one SQLite file, used by one process, no server. Every commit is
 * forced to the disk before it returns. Next to the file lie SQLite's {@code -wal} and {@code -shm}
 * and an empty {@code .lock}, by which a second process is refused. The file must be on a local
 * disk: locks and shared memory do not work over network file systems.
 *
 * <p>Immutable; safe for use by many threads. Writes follow each other, in the order of their
 * coming; a few reads go on beside them.
 */
public final class EmbeddedStorage implements Storage {
  private final Path file;

  private EmbeddedStorage(Path file) {
    this.file = file;
  }

  /** A store in this file. Folders that are missing are made when it is opened. */
  public static EmbeddedStorage at(Path file) {
    return new EmbeddedStorage(requireNonNull(file, "file").toAbsolutePath().normalize());
  }

  @Override
  public String description() {
    return "SQLite file " + file;
  }

  /**
   * Opens the file.
   *
   * @throws dev.restante.storage.StoreException with {@code UNAVAILABLE} if it is in use by another
   *     process or store, or cannot be created
   */
  @Override
  public Store open(StoreContext context) {
    try {
      return Opening.open(
          EmbeddedConnections.open(file, context.callTimeout()),
          new SqliteDialect(Opening.DEFAULT_PREFIX),
          Opening.DEFAULT_PREFIX,
          SchemaMode.MIGRATE,
          Opening.DEFAULT_STREAM_CACHE,
          0,
          context.callTimeout());
    } catch (StoreException e) {
      throw Reason.toldBy(e);
    }
  }
}
