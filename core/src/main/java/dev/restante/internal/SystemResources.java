package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls;
import dev.restante.Timers;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The wiring: the one class of this module that asks the system for time, chance and threads. All
 * threads are daemons and named {@code restante-…}.
 */
final class SystemResources implements Timers, StoreCalls {
  private static final int HOUSEKEEPERS = 2;
  private static final int READERS = 4;

  private final ScheduledThreadPoolExecutor timers;
  private final ExecutorService writers;
  private final ExecutorService housekeepers;
  private final ExecutorService readers;
  private final ExecutorService bus;
  private final ExecutorService callbacks;

  private SystemResources(RestanteOptions options) {
    timers = new ScheduledThreadPoolExecutor(1, threads("timer"));
    timers.setRemoveOnCancelPolicy(true);
    writers = Executors.newFixedThreadPool(options.writers(), threads("writer"));
    housekeepers = Executors.newFixedThreadPool(HOUSEKEEPERS, threads("housekeeper"));
    readers = Executors.newFixedThreadPool(READERS, threads("reader"));
    bus = Executors.newFixedThreadPool(1, threads("bus"));
    callbacks =
        Executors.newFixedThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()), threads("callback"));
  }

  static SystemResources create(RestanteOptions options) {
    return new SystemResources(options);
  }

  Resources resources() {
    return new Resources(
        InstantSource.system(),
        System::nanoTime,
        this,
        this,
        new Quiet(callbacks),
        new SecureRandom());
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    try {
      ScheduledFuture<?> future = timers.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  @Override
  public <T> CompletionStage<T> call(Kind kind, String operation, Supplier<T> body) {
    ExecutorService pool =
        switch (kind) {
          case COMMIT -> writers;
          case HOUSEKEEPING -> housekeepers;
          case READ -> readers;
          case BUS -> bus;
        };
    CompletableFuture<T> result = new CompletableFuture<>();
    try {
      pool.execute(
          () -> {
            T value;
            try {
              value = body.get();
            } catch (Throwable e) {
              result.completeExceptionally(e);
              return;
            }
            result.complete(value);
          });
    } catch (RejectedExecutionException closed) {
      result.completeExceptionally(closed);
    }
    return result;
  }

  void close() {
    timers.shutdownNow();
    writers.shutdown();
    housekeepers.shutdown();
    readers.shutdown();
    bus.shutdown();
    callbacks.shutdown();
  }

  private static ThreadFactory threads(String role) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "restante-" + role + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** After closing what still arrives runs where it arrives: a stage that waits must complete. */
  private record Quiet(ExecutorService pool) implements Executor {
    @Override
    public void execute(Runnable task) {
      try {
        pool.execute(task);
      } catch (RejectedExecutionException closed) {
        task.run();
      }
    }
  }
}
