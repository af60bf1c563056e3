package dev.restante.storage.tck;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs things at once, from a common start, as often as wanted. Used by one thread. */
final class Race implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final ExecutorService threads;
  private final CyclicBarrier start;
  private final int runners;

  Race(int runners) {
    this.runners = runners;
    this.start = new CyclicBarrier(runners);
    this.threads = Executors.newFixedThreadPool(runners);
  }

  /** Runs one task a runner and returns their results in the order of the tasks. */
  <T> List<T> run(List<Callable<T>> tasks) {
    if (tasks.size() != runners) {
      throw new IllegalArgumentException(tasks.size() + " tasks for " + runners + " runners");
    }
    List<Future<T>> running = new ArrayList<>();
    for (Callable<T> task : tasks) {
      running.add(
          threads.submit(
              () -> {
                start.await();
                return task.call();
              }));
    }
    List<T> results = new ArrayList<>();
    for (Future<T> one : running) {
      results.add(result(one));
    }
    return results;
  }

  private static <T> T result(Future<T> one) {
    try {
      return one.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AssertionError failure) {
        throw failure;
      }
      throw new AssertionError("A concurrent call failed", e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("A concurrent call hangs", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while others were running", e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
