package dev.restante.storage.ordered;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to the open data: many read, one writes, and who closes waits for all of them, since
 * native code does not survive a call on what was closed.
 *
 * <p>After a write that failed nobody knows what the engine's log has of it. Then the data are
 * opened anew before the next call: reading that log decides, and nothing that was remembered is
 * believed.
 */
final class Access implements AutoCloseable {
  /** Open data, and what is remembered of them. */
  record Opened(Data data, Streams streams, Versions versions, Reads reads, Sweeper sweeper) {
    static Opened of(OrderedEngine engine, int rememberedStreams) {
      boolean done = false;
      try {
        Data data = new Data(engine);
        data.check();
        Streams streams = Streams.of(data, rememberedStreams);
        Opened opened =
            new Opened(
                data,
                streams,
                new Versions(streams, rememberedStreams),
                new Reads(data, streams),
                new Sweeper(data));
        done = true;
        return opened;
      } finally {
        if (!done) {
          engine.close();
        }
      }
    }
  }

  private final Supplier<? extends OrderedEngine> opening;
  private final int rememberedStreams;
  private final long timeoutNanos;
  private final StoreInfo info;

  /** Fair: who came first writes first. */
  private final ReentrantLock writer = new ReentrantLock(true);

  /** Held shared by each call, and alone to open and close. */
  private final ReadWriteLock life = new ReentrantReadWriteLock();

  // Guarded by life:
  private @Nullable Opened opened;
  private boolean closed;

  Access(Supplier<? extends OrderedEngine> opening, Duration callTimeout, int rememberedStreams) {
    this.opening = opening;
    this.rememberedStreams = rememberedStreams;
    this.timeoutNanos = nanos(callTimeout);
    OrderedEngine engine = opening.get();
    this.opened = Opened.of(engine, rememberedStreams);
    this.info = engine.info();
  }

  private static long nanos(Duration duration) {
    long most = TimeUnit.DAYS.toNanos(1);
    return duration.compareTo(Duration.ofNanos(most)) > 0 ? most : duration.toNanos();
  }

  StoreInfo info() {
    return info;
  }

  /** A call that reads. */
  <T> T read(Function<Opened, T> work) {
    while (true) {
      life.readLock().lock();
      try {
        Opened current = usable();
        if (current != null) {
          return work.apply(current);
        }
      } finally {
        life.readLock().unlock();
      }
      openAnew();
    }
  }

  private @Nullable Opened usable() {
    if (closed) {
      throw new StoreException(Effect.FAULT, "The store " + info.name() + " is closed", null);
    }
    return opened == null || opened.data().suspect() ? null : opened;
  }

  /** A call that writes, alone among those. It fails before {@link Data#write} or there. */
  <T> T write(Function<Opened, T> work) {
    return write(current -> current, work);
  }

  /**
   * The same, after something that needs no turn.
   *
   * @param preparing beside others, with the data that will be written
   * @param work alone among those who write
   */
  <P, T> T write(Function<Opened, P> preparing, Function<P, T> work) {
    return read(
        current -> {
          P prepared = preparing.apply(current);
          acquireWriter();
          try {
            return work.apply(prepared);
          } finally {
            writer.unlock();
          }
        });
  }

  private void acquireWriter() {
    try {
      if (!writer.tryLock(timeoutNanos, TimeUnit.NANOSECONDS)) {
        throw new StoreException(
            Effect.TRANSIENT, "Others wrote in " + info.name() + " all the time", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(
          Effect.UNAVAILABLE, "Interrupted while waiting for others in " + info.name(), e);
    }
  }

  private void openAnew() {
    life.writeLock().lock();
    try {
      if (closed || usable() != null) {
        return;
      }
      closeData();
      opened = Opened.of(opening.get(), rememberedStreams);
    } finally {
      life.writeLock().unlock();
    }
  }

  private void closeData() {
    Opened before = opened;
    opened = null;
    if (before != null) {
      before.data().close();
    }
  }

  @Override
  public void close() {
    life.writeLock().lock();
    try {
      closed = true;
      closeData();
    } finally {
      life.writeLock().unlock();
    }
  }
}
