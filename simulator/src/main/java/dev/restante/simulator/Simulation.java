package dev.restante.simulator;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Tells stories: users with several devices, two or three nodes and one store, with everything that
 * goes wrong between them, under a virtual clock. A seed decides all of it; the same seed gives the
 * same story. Each story is checked against every {@link Invariant}.
 *
 * <pre>{@code
 * SimulationReport report = Simulation.of(() -> MyStorage.inNewFolder()).run(1, 1_000);
 * if (!report.failed().isEmpty()) {
 *   StoryResult story = report.failed().get(0);
 *   Simulation.of(...).replay(story.seed()).trace().forEach(System.out::println);
 * }
 * }</pre>
 *
 * <p>Immutable. A story runs in one thread; several stories run at once.
 */
public final class Simulation {
  private static final int OPERATIONS = 200;

  private final Supplier<? extends Storage> storages;
  private final UnaryOperator<Store> engineSide;
  private final int operations;
  private final int threads;
  private final int failures;

  private Simulation(
      Supplier<? extends Storage> storages,
      UnaryOperator<Store> engineSide,
      int operations,
      int threads,
      int failures) {
    this.storages = requireNonNull(storages);
    this.engineSide = engineSide;
    this.operations = operations;
    this.threads = threads;
    this.failures = failures;
  }

  /**
   * Stories on an adapter.
   *
   * @param storages gives a new, empty storage each time; several of them may be in use at once, in
   *     several threads and in one story. Its stores are closed when the story ends, and it too if
   *     it is {@link AutoCloseable}
   */
  public static Simulation of(Supplier<? extends Storage> storages) {
    int processors = Runtime.getRuntime().availableProcessors();
    return new Simulation(storages, UnaryOperator.identity(), OPERATIONS, processors, 10);
  }

  /** How many operations a story has; default {@value #OPERATIONS}. */
  public Simulation operations(int value) {
    return new Simulation(storages, engineSide, atLeastOne(value), threads, failures);
  }

  /** How many stories run at once; default one a processor. */
  public Simulation threads(int value) {
    return new Simulation(storages, engineSide, operations, atLeastOne(value), failures);
  }

  /** After how many failed stories to stop; default 10. */
  public Simulation stopAfter(int failedStories) {
    return new Simulation(storages, engineSide, operations, threads, atLeastOne(failedStories));
  }

  /** Puts something between the engines and what watches the adapter. */
  Simulation engineSide(UnaryOperator<Store> wrap) {
    return new Simulation(storages, wrap, operations, threads, failures);
  }

  private static int atLeastOne(int value) {
    if (value < 1) {
      throw new IllegalArgumentException("must be at least 1, is " + value);
    }
    return value;
  }

  /**
   * Tells the stories of the seeds {@code firstSeed}, {@code firstSeed + 1} and so on.
   *
   * @return what came of them, failures included
   */
  public SimulationReport run(long firstSeed, int stories) {
    SimulationReport report = new SimulationReport();
    AtomicInteger next = new AtomicInteger();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < Math.min(threads, stories); i++) {
      Thread worker =
          new Thread(() -> work(firstSeed, stories, next, report), "restante-simulation-" + i);
      worker.start();
      workers.add(worker);
    }
    try {
      for (Thread worker : workers) {
        worker.join();
      }
    } catch (InterruptedException e) {
      next.set(stories);
      Thread.currentThread().interrupt();
    }
    return report;
  }

  private void work(long firstSeed, int stories, AtomicInteger next, SimulationReport report) {
    for (int i = next.getAndIncrement(); i < stories; i = next.getAndIncrement()) {
      StoryResult story = tell(firstSeed + i, false);
      synchronized (report) {
        report.add(story);
        if (report.failed().size() >= failures) {
          next.set(stories);
        }
      }
    }
  }

  /** Tells one story again, with a trace of everything that happened. */
  public StoryResult replay(long seed) {
    return tell(seed, true);
  }

  /** What a seed decides before the story begins: the second thing that a story draws from it. */
  StoryPlan plan(long seed) {
    SplittableRandom root = new SplittableRandom(seed);
    root.split();
    return StoryPlan.of(root.split(), operations);
  }

  /** Tells one story in the calling thread, without a trace. */
  StoryResult tell(long seed) {
    return tell(seed, false);
  }

  private StoryResult tell(long seed, boolean traced) {
    return Story.run(seed, operations, storages::get, engineSide, traced);
  }
}
