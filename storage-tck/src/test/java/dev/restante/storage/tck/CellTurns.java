package dev.restante.storage.tck;

import java.util.ArrayList;
import java.util.List;
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

  private final Order order;
  private final List<Integer> left = new ArrayList<>();
  private int current = NOBODY;
  private int taken;
  private @Nullable Throwable failure;

  private CellTurns(Order order) {
    this.order = order;
  }

  /** Runs actors to their ends, and returns how many steps they took. */
  static int run(Order order, List<Actor> actors) {
    CellTurns turns = new CellTurns(order);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < actors.size(); i++) {
      turns.left.add(i);
      int me = i;
      threads.add(new Thread(() -> turns.act(me, actors.get(me)), "actor " + me));
    }
    turns.pass();
    threads.forEach(Thread::start);
    for (Thread each : threads) {
      try {
        each.join();
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted", e);
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
    try {
      await(me);
      actor.act(new Turn(me));
    } catch (Throwable e) {
      synchronized (this) {
        failure = failure == null ? e : failure;
      }
    } finally {
      synchronized (this) {
        left.remove((Integer) me);
        pass();
      }
    }
  }

  private synchronized void pass() {
    current = left.isEmpty() ? NOBODY : order.next(taken, current, List.copyOf(left));
    notifyAll();
  }

  private synchronized void await(int me) {
    try {
      while (current != me) {
        wait();
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  private synchronized void count() {
    taken++;
  }

  private final class Turn implements MemoryCells.Steps {
    private final int me;

    Turn(int me) {
      this.me = me;
    }

    @Override
    public <T> T take(String name, boolean writes, Supplier<T> step) {
      T result = step.get();
      count();
      pass();
      await(me);
      return result;
    }

    @Override
    public void pause(int nth) {
      count();
      pass();
      await(me);
    }
  }
}
