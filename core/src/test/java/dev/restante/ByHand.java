package dev.restante;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Resources of a node in which nothing happens but what the test does, in the test's thread. */
final class ByHand implements StoreCalls, Timers {
  private record Call(Kind kind, String operation, Runnable body) {}

  private record Task(long atNanos, Runnable body) {}

  private final Deque<Call> calls = new ArrayDeque<>();
  private final Deque<Task> tasks = new ArrayDeque<>();
  private Instant wall = Instant.parse("2030-01-01T00:00:00Z");
  private final Random random;
  private long nanos;

  ByHand() {
    this(1);
  }

  /** Of two nodes with the same seed, one takes the other for itself. */
  ByHand(long seed) {
    random = new Random(seed);
  }

  Resources resources() {
    return new Resources(() -> wall, () -> nanos, this, this, Runnable::run, random);
  }

  @Override
  public <T> CompletionStage<T> call(Kind kind, String operation, Supplier<T> body) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    calls.add(
        new Call(
            kind,
            operation,
            () -> {
              T value;
              try {
                value = body.get();
              } catch (RuntimeException e) {
                answer.completeExceptionally(e);
                return;
              }
              answer.complete(value);
            }));
    return answer;
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Task waiting = new Task(nanos + delay.toNanos(), task);
    tasks.add(waiting);
    return () -> tasks.remove(waiting);
  }

  Instant now() {
    return wall;
  }

  /** Moves the clock on the wall, as an operator does. */
  void stepClock(Duration by) {
    wall = wall.plus(by);
  }

  /** Lets time pass, and does what was to be done then. */
  void pass(Duration time) {
    wall = wall.plus(time);
    nanos += time.toNanos();
    for (Task task : tasks.stream().filter(each -> each.atNanos <= nanos).toList()) {
      tasks.remove(task);
      task.body.run();
    }
  }

  /** Calls of that kind that wait. */
  int waiting(StoreCalls.Kind kind) {
    return (int) calls.stream().filter(call -> call.kind == kind).count();
  }

  /** Whether a call of that name waits. */
  boolean waitsFor(String operation) {
    return calls.stream().anyMatch(call -> call.operation.equals(operation));
  }

  /** Runs the call of that kind that has waited longest. */
  void run(StoreCalls.Kind kind) {
    if (!runFirst(call -> call.kind == kind)) {
      throw new AssertionError("no " + kind + " waits");
    }
  }

  /** Runs calls until none waits but commits. */
  void settle() {
    while (runFirst(call -> call.kind != Kind.COMMIT)) {}
  }

  /** Runs calls until none waits. */
  void settleAll() {
    while (runFirst(call -> true)) {}
  }

  private boolean runFirst(Predicate<Call> which) {
    Iterator<Call> each = calls.iterator();
    while (each.hasNext()) {
      Call call = each.next();
      if (which.test(call)) {
        each.remove();
        call.body.run();
        return true;
      }
    }
    return false;
  }
}
