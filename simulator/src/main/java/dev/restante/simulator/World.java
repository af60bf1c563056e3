package dev.restante.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time, the tasks that wait for theirs, and what was noticed. Everything in a story happens
 * in a task, one after the other, on the thread that calls {@link #runUntil}. Tasks of the same
 * moment run in an order that the seed decides.
 */
final class World {
  static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");
  private static final int MAX_VIOLATIONS = 20;

  /** A hundred times what an ordinary story takes. */
  private static final long MAX_TASKS = 1_000_000;

  /** A task in the queue. */
  static final class Task {
    private final @Nullable Actor owner;
    private @Nullable Runnable body;
    private long at;
    private long tie;

    private Task(@Nullable Actor owner, Runnable body) {
      this.owner = owner;
      this.body = body;
    }

    void cancel() {
      body = null;
    }
  }

  private final PriorityQueue<Task> queue =
      new PriorityQueue<>(
          Comparator.comparingLong((Task task) -> task.at).thenComparingLong(task -> task.tie));
  private final SplittableRandom ties;
  private final @Nullable List<String> trace;
  private final List<Violation> violations = new ArrayList<>();
  private long now;
  private long tasks;
  private long digest;

  World(SplittableRandom ties, boolean traced) {
    this.ties = ties;
    this.trace = traced ? new ArrayList<>() : null;
  }

  /** Nanoseconds since the story began. */
  long now() {
    return now;
  }

  long nowMillis() {
    return now / 1_000_000;
  }

  /** True time, which nobody in the story knows exactly. */
  Instant instant() {
    return BEGINNING.plusNanos(now);
  }

  /** A number that differs, almost surely, if anything happened in another order or moment. */
  long digest() {
    return digest;
  }

  Task after(Duration delay, @Nullable Actor owner, Runnable body) {
    return at(now + delay.toNanos(), owner, body);
  }

  Task at(long time, @Nullable Actor owner, Runnable body) {
    Task task = new Task(owner, body);
    again(task, time);
    return task;
  }

  void again(Task task, long time) {
    task.at = Math.max(time, now);
    task.tie = ties.nextLong();
    queue.add(task);
  }

  /** Runs everything up to a moment, which is now afterwards. */
  void runUntil(long time) {
    runUntil(time, () -> false);
  }

  /**
   * Runs until a condition holds, asked after every task, or a moment has come.
   *
   * @return whether the condition held
   */
  boolean runUntil(long time, BooleanSupplier condition) {
    while (!broken()) {
      if (condition.getAsBoolean()) {
        return true;
      }
      Task next = queue.peek();
      if (next == null || next.at > time) {
        break;
      }
      queue.remove();
      run(next);
    }
    now = Math.max(now, time);
    return condition.getAsBoolean();
  }

  /** Nothing at all happens for a while: what was to come comes that much later. */
  void sleep(Duration length) {
    now += length.toNanos();
    queue.forEach(task -> task.at += length.toNanos());
  }

  private void run(Task task) {
    now = task.at;
    Runnable body = task.body;
    Actor owner = task.owner;
    if (body == null || (owner != null && owner.dead())) {
      return;
    }
    if (owner != null && owner.paused()) {
      owner.hold(task);
      return;
    }
    tasks++;
    if (tasks == MAX_TASKS) {
      violated(
          Invariant.NOTHING_HANGS,
          tasks + " tasks ran: something runs in a circle without a pause");
    }
    digest = digest * 0x9E3779B97F4A7C15L + now;
    try {
      body.run();
    } catch (RuntimeException | Error e) {
      violated(Invariant.NO_EXCEPTION, "a task threw " + Texts.stackTrace(e));
    }
  }

  /** Whether so much is wrong already that going on tells nothing new. */
  boolean broken() {
    return violations.size() >= MAX_VIOLATIONS || tasks >= MAX_TASKS;
  }

  void violated(Invariant invariant, String detail) {
    if (violations.size() < MAX_VIOLATIONS) {
      Violation violation = new Violation(invariant, nowMillis(), detail);
      violations.add(violation);
      say(() -> "!!! " + violation);
    }
  }

  List<Violation> violations() {
    return violations;
  }

  /** Writes to the trace, if there is one. */
  void say(Supplier<String> line) {
    if (trace != null) {
      String text = line.get();
      digest = digest * 31 + text.hashCode();
      trace.add("%,13.3f ms  %s".formatted(now / 1e6, text));
    }
  }

  List<String> trace() {
    return trace == null ? List.of() : trace;
  }
}
