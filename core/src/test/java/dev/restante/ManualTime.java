package dev.restante;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Resources whose time stands still until a test moves it, and whose only thread is the test's. All
 * that a node does happens within {@link #settle}, {@link #advance} and {@link #jump}.
 */
final class ManualTime {
  private static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");
  private static final int MOST_TASKS = 10_000_000;

  /** A task that waits for its moment. */
  private record Task(long atNanos, long order, Runnable body) {}

  private final PriorityQueue<Task> queue =
      new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::order));
  private long nowNanos;
  private long tasks;

  Resources resources() {
    return new Resources(
        this::now,
        () -> nowNanos,
        (delay, task) -> {
          Task waiting = add(delay, task);
          return () -> queue.remove(waiting);
        },
        this::call,
        task -> add(Duration.ZERO, task),
        new Random(1));
  }

  Instant now() {
    return BEGINNING.plusNanos(nowNanos);
  }

  private <T> CompletionStage<T> call(StoreCalls.Kind kind, String operation, Supplier<T> body) {
    CompletableFuture<T> result = new CompletableFuture<>();
    add(
        Duration.ZERO,
        () -> {
          try {
            result.complete(body.get());
          } catch (RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  private Task add(Duration delay, Runnable body) {
    Task task = new Task(nowNanos + delay.toNanos(), tasks++, body);
    queue.add(task);
    return task;
  }

  /** Runs all that is due now. */
  void settle() {
    advance(Duration.ZERO);
  }

  /** Lets time go on, and runs what falls due in its moment. */
  void advance(Duration by) {
    long until = nowNanos + by.toNanos();
    long most = tasks + MOST_TASKS;
    for (Task next = queue.peek(); next != null && next.atNanos <= until; next = queue.peek()) {
      if (tasks > most) {
        throw new AssertionError("it goes on for ever");
      }
      queue.remove();
      nowNanos = Math.max(nowNanos, next.atNanos);
      next.body.run();
    }
    nowNanos = until;
  }

  /** Moves the clock at once, as if everybody had slept; what fell due meanwhile runs now. */
  void jump(Duration by) {
    nowNanos += by.toNanos();
    settle();
  }

  /** Tasks that wait for a later moment. */
  int waiting() {
    return queue.size();
  }

  /** What a stage is complete with, once all that is due now has run. */
  <T> T get(CompletionStage<T> stage) {
    settle();
    CompletableFuture<T> future = stage.toCompletableFuture();
    if (!future.isDone()) {
      throw new AssertionError("not complete: " + stage);
    }
    return future.join();
  }
}
