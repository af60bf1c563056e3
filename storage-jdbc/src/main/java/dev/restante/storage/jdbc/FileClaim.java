package dev.restante.storage.jdbc;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Makes sure that one store at a time uses a file, among all processes and within this one. */
final class FileClaim implements AutoCloseable {
  /**
   * What this process holds. It is asked before the lock file is opened: on POSIX systems closing
   * any descriptor of a file gives up every lock that the process has on it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path lockFile;
  private final FileChannel channel;

  private FileClaim(Path lockFile, FileChannel channel) {
    this.lockFile = lockFile;
    this.channel = channel;
  }

  static FileClaim on(Path file) {
    try {
      Path folder = Files.createDirectories(parent(file)).toRealPath();
      Path lockFile = folder.resolve(file.getFileName() + ".lock");
      if (!HELD.add(lockFile)) {
        throw inUse(file, "this process");
      }
      try {
        return locked(file, lockFile);
      } catch (IOException | RuntimeException e) {
        HELD.remove(lockFile);
        throw e;
      }
    } catch (IOException e) {
      throw new StoreException(Effect.UNAVAILABLE, "Cannot create " + file, e);
    }
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new StoreException(Effect.FAULT, "Not a file: " + file, null);
    }
    return parent;
  }

  private static FileClaim locked(Path file, Path lockFile) throws IOException {
    FileChannel channel =
        FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw inUse(file, "another process");
      }
      return new FileClaim(lockFile, channel);
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw inUse(file, "this process");
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static StoreException inUse(Path file, String who) {
    return new StoreException(
        Effect.UNAVAILABLE,
        "%s is in use by %s; an embedded store is for one at a time".formatted(file, who),
        null);
  }

  @Override
  public void close() throws IOException {
    channel.close();
    HELD.remove(lockFile);
  }
}
