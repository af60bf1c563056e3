package dev.restante.storage.tck;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets several actors take steps one at a time, in an order that can be repeated: real threads, of
 * which only the one that has the turn runs.
 */
final class CellTurns {
  /** Who goes next. */
  interface Order {
    /**
     * Chooses among the actors that are not done.
     *
     * @param step how many steps were taken before
     * @param current whose turn it was; he may be done
     * @param left the actors that are not done, at least one
     */
    int next(int step, int current, List<Integer> left);
  }

  /** What an actor does with the steps that it is handed. */
  interface Actor {
    void act(MemoryCells.Steps steps);
  }

  private static final int NOBODY = -1;

  /** Starting threads for each order would take longer than all else. */
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "actor");
            thread.setDaemon(true);
            return thread;
          });

  private final Order order;
  private final AtomicReferenceArray<Thread> threads;

  // What follows is touched by the actor alone that has the turn.
  private final List<Integer> left = new ArrayList<>();
  private int taken;
  private @Nullable Throwable failure;

  /** Who has the turn. */
  private volatile int current = NOBODY;

  private CellTurns(Order order, int actors) {
    this.order = order;
    this.threads = new AtomicReferenceArray<>(actors);
  }

  /** Runs actors to their ends, and returns how many steps they took. */
  static int run(Order order, List<Actor> actors) {
    CellTurns turns = new CellTurns(order, actors.size());
    List<Future<?>> ends = new ArrayList<>();
    for (int i = 0; i < actors.size(); i++) {
      turns.left.add(i);
    }
    for (int i = 0; i < actors.size(); i++) {
      int me = i;
      ends.add(THREADS.submit(() -> turns.act(me, actors.get(me))));
    }
    turns.pass();
    for (Future<?> each : ends) {
      try {
        each.get();
      } catch (InterruptedException | ExecutionException e) {
        throw new AssertionError("An actor did not end", e);
      }
    }
    if (turns.failure instanceof AssertionError wrong) {
      throw wrong;
    } else if (turns.failure != null) {
      throw new AssertionError("An actor failed", turns.failure);
    }
    return turns.taken;
  }

  private void act(int me, Actor actor) {
    threads.set(me, Thread.currentThread());
    await(me);
    try {
      actor.act(new Turn(me));
    } catch (Throwable e) {
      failure = failure == null ? e : failure;
    } finally {
      left.remove((Integer) me);
      pass();
    }
  }

  private void pass() {
    int next = left.isEmpty() ? NOBODY : order.next(taken, current, List.copyOf(left));
    boolean other = next != current;
    current = next;
    if (other && next != NOBODY) {
      // Who is not there yet looks whose turn it is when he comes.
      LockSupport.unpark(threads.get(next));
    }
  }

  private void await(int me) {
    while (current != me) {
      LockSupport.park(this);
    }
  }

  private final class Turn implements MemoryCells.Steps {
    private final int me;

    Turn(int me) {
      this.me = me;
    }

    @Override
    public <T> T take(String name, boolean writes, Supplier<T> step) {
      T result = step.get();
      passOn();
      return result;
    }

    @Override
    public void pause(int nth) {
      passOn();
    }

    private void passOn() {
      taken++;
      pass();
      await(me);
    }
  }
}
