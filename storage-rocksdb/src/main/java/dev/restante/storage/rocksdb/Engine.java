package dev.restante.storage.rocksdb;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * The way to the open database: many read, one writes, and who closes waits for all of them, since
 * native code does not survive a call on what was closed.
 *
 * <p>After a write that failed nobody knows what the write-ahead log has of it. Then the database
 * is opened anew before the next call: reading that log decides, and nothing that was remembered is
 * believed.
 */
final class Engine implements AutoCloseable {
  /** A call on the open database. */
  @FunctionalInterface
  interface Work<T> {
    T run(Opened opened) throws RocksDBException;
  }

  /** An open database, and what is remembered of it. */
  record Opened(
      Database database, Streams streams, Versions versions, Reads reads, Sweeper sweeper) {
    static Opened at(Path folder, int rememberedStreams) {
      Database database = Database.open(folder);
      boolean done = false;
      try {
        Streams streams = Streams.of(database, rememberedStreams);
        Opened opened =
            new Opened(
                database,
                streams,
                new Versions(database, streams, rememberedStreams),
                new Reads(database, streams),
                new Sweeper(database));
        done = true;
        return opened;
      } catch (RocksDBException e) {
        throw Failures.opening(folder, e);
      } finally {
        if (!done) {
          database.close();
        }
      }
    }
  }

  private final Path folder;
  private final int rememberedStreams;
  private final long timeoutNanos;

  /** Fair: who came first writes first. */
  private final ReentrantLock writer = new ReentrantLock(true);

  /** Held shared by each call, and alone to open and close. */
  private final ReadWriteLock life = new ReentrantReadWriteLock();

  // Guarded by life:
  private @Nullable Opened opened;
  private boolean closed;

  private Engine(Path folder, Duration callTimeout, int rememberedStreams) {
    this.folder = folder;
    this.rememberedStreams = rememberedStreams;
    this.timeoutNanos = nanos(callTimeout);
    this.opened = Opened.at(folder, rememberedStreams);
  }

  private static long nanos(Duration duration) {
    long most = TimeUnit.DAYS.toNanos(1);
    return duration.compareTo(Duration.ofNanos(most)) > 0 ? most : duration.toNanos();
  }

  static Engine open(Path folder, Duration callTimeout, int rememberedStreams) {
    try {
      return new Engine(
          Files.createDirectories(folder).toRealPath(), callTimeout, rememberedStreams);
    } catch (IOException e) {
      throw new StoreException(Effect.UNAVAILABLE, "Cannot create " + folder, e);
    }
  }

  /** A call that reads. */
  <T> T read(Work<T> work) {
    while (true) {
      life.readLock().lock();
      try {
        Opened current = usable();
        if (current != null) {
          return work.run(current);
        }
      } catch (RocksDBException e) {
        throw Failures.reading(folder, e);
      } finally {
        life.readLock().unlock();
      }
      openAnew();
    }
  }

  private @Nullable Opened usable() {
    if (closed) {
      throw Failures.closed(folder);
    }
    return opened == null || opened.database().suspect() ? null : opened;
  }

  /** A call that writes, alone among those. It fails before {@link Database#write} or there. */
  <T> T write(Work<T> work) {
    return read(
        current -> {
          acquireWriter();
          try {
            return work.run(current);
          } finally {
            writer.unlock();
          }
        });
  }

  private void acquireWriter() {
    try {
      if (!writer.tryLock(timeoutNanos, TimeUnit.NANOSECONDS)) {
        throw new StoreException(
            Effect.TRANSIENT, "Others wrote in " + folder + " all the time", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(
          Effect.UNAVAILABLE, "Interrupted while waiting for others in " + folder, e);
    }
  }

  private void openAnew() {
    life.writeLock().lock();
    try {
      if (closed || usable() != null) {
        return;
      }
      closeDatabase();
      opened = Opened.at(folder, rememberedStreams);
    } finally {
      life.writeLock().unlock();
    }
  }

  private void closeDatabase() {
    if (opened != null) {
      opened.database().close();
      opened = null;
    }
  }

  @Override
  public void close() {
    life.writeLock().lock();
    try {
      closed = true;
      closeDatabase();
    } finally {
      life.writeLock().unlock();
    }
  }
}
