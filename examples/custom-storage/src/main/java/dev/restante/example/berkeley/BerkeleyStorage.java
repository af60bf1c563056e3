package dev.restante.example.berkeley;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.ordered.OrderedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A store in a folder, used by one process: Berkeley DB, Java Edition. */
public final class BerkeleyStorage implements Storage {
  private static final int REMEMBERED_STREAMS = 100_000;

  private final Path folder;

  private BerkeleyStorage(Path folder) {
    this.folder = folder;
  }

  /** A store in this folder, which is made when it is opened if it is missing. */
  public static BerkeleyStorage at(Path folder) {
    return new BerkeleyStorage(folder.toAbsolutePath().normalize());
  }

  @Override
  public String description() {
    return "Berkeley DB folder " + folder;
  }

  // storage begins
  @Override
  public Store open(StoreContext context) {
    Path real = made(folder);
    return OrderedStore.open(
        () -> BerkeleyEngine.open(real), context.callTimeout(), REMEMBERED_STREAMS);
  }

  // storage ends

  private static Path made(Path folder) {
    try {
      return Files.createDirectories(folder).toRealPath();
    } catch (IOException e) {
      throw new StoreException(Effect.UNAVAILABLE, "Cannot create " + folder, e);
    }
  }
}
