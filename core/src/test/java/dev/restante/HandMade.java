package dev.restante;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Resources as a host hands them in. Its span clock moves by {@link #TICK} whenever it is asked and
 * at no other time; its timers run when the test says so.
 */
final class HandMade implements StoreCalls, Timers, AutoCloseable {
  static final Duration TICK = Duration.ofMillis(5);

  /** A task that waits until {@link #runTimers}. */
  private record Waiting(Duration delay, Runnable task) {}

  final ExecutorService calls = Executors.newCachedThreadPool();
  final ExecutorService callbacks = Executors.newSingleThreadExecutor();
  final AtomicLong nanos = new AtomicLong();

  /** How far the time of day is ahead of the system's. */
  volatile Duration ahead = Duration.ZERO;

  private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();

  Resources resources() {
    return new Resources(
        () -> Instant.now().plus(ahead),
        () -> nanos.addAndGet(TICK.toNanos()),
        this,
        this,
        callbacks,
        new Random(1));
  }

  /** Runs what waits now and was to wait no longer than this. */
  void runTimers(Duration longest) {
    for (Waiting each : List.copyOf(waiting)) {
      if (each.delay.compareTo(longest) <= 0 && waiting.remove(each)) {
        each.task.run();
      }
    }
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Waiting timer = new Waiting(delay, task);
    waiting.add(timer);
    return () -> waiting.remove(timer);
  }

  @Override
  public <T> CompletionStage<T> call(Kind kind, String operation, Supplier<T> body) {
    return CompletableFuture.supplyAsync(body, calls);
  }

  @Override
  public void close() {
    calls.shutdown();
    callbacks.shutdown();
  }
}
