package dev.restante.storage.migration;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.migration.Papers.Fence;
import dev.restante.storage.migration.Papers.Plan;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One node's part in a move from one store to another, while both are in use.
 *
 * <pre>{@code
 * Move move = Move.between(oldStorage, newStorage, MoveOptions.of("node-1"));
 * Restante restante = Restante.builder().storage(move.storage()).build();
 * // again and again, on every node, every 100 ms, say; at once while it is busy:
 * MoveStatus status = move.work(System.currentTimeMillis());
 * // once, on any node, when every node runs with its Move:
 * move.start(System.currentTimeMillis());
 * // once, on any node, when the phase is VERIFY:
 * move.switchOver();
 * }</pre>
 *
 * <p>Whatever a node does may be the last thing it does: nothing is lost or repeated by that, and
 * another node, or the same one when it runs again, goes on. Safe for use by many threads; one at a
 * time works.
 */
public final class Move {
  private final Storage from;
  private final Storage to;
  private final MoveOptions options;

  /** Both stores, while they are open. */
  private volatile @Nullable Open open;

  /** Whether this process knows that the new store is used. */
  private volatile boolean done;

  private record Open(Store from, Store to, Gate gate, Marks marks, Counts counts, Worker worker) {}

  private Move(Storage from, Storage to, MoveOptions options) {
    this.from = from;
    this.to = to;
    this.options = options;
  }

  /**
   * A move that is not begun.
   *
   * @param from the store that is used
   * @param to the store that will be used; empty when the move is started
   * @param options how this node takes part
   * @throws IllegalArgumentException if both are equal
   */
  public static Move between(Storage from, Storage to, MoveOptions options) {
    if (from.equals(to)) {
      throw new IllegalArgumentException(
          "A store cannot be moved to itself: " + from.description());
    }
    return new Move(
        requireNonNull(from, "from"), requireNonNull(to, "to"), requireNonNull(options, "options"));
  }

  /**
   * What the library is to use: the old store until the move is done, and the new one from then on.
   * It declares what both can do. It is opened once at a time; both stores must be reachable then,
   * but for the old one once the new one says that it is used.
   */
  public Storage storage() {
    return new Storage() {
      @Override
      public String description() {
        return from.description() + ", to be moved to " + to.description();
      }

      @Override
      public Store open(StoreContext context) {
        return opened(context);
      }
    };
  }

  private Store opened(StoreContext context) {
    Store fresh = to.open(context);
    Store old = null;
    boolean kept = false;
    try {
      if (isUsed(fresh)) {
        done = true;
        kept = true;
        return fresh;
      }
      old = from.open(context);
      if (!old.info().moving().out() || !fresh.info().moving().in()) {
        throw new StoreException(
            Effect.FAULT,
            "Nothing can be moved from %s (%s) to %s (%s)"
                .formatted(
                    old.info().name(),
                    old.info().moving(),
                    fresh.info().name(),
                    fresh.info().moving()),
            null);
      }
      Store store = opened(old, fresh, context);
      kept = true;
      return store;
    } finally {
      if (!kept) {
        try {
          fresh.close();
        } finally {
          if (old != null) {
            old.close();
          }
        }
      }
    }
  }

  private static boolean isUsed(Store fresh) {
    return Fence.of(fresh.records(List.of(Papers.FENCE)).get(Papers.FENCE)).is(Fence.State.USED);
  }

  private Store opened(Store old, Store fresh, StoreContext context) {
    CountDownLatch closed = new CountDownLatch(1);
    long waits = context.callTimeout().toMillis() / 2 / PAUSE_MILLIS;
    return opened(old, fresh, nth -> nth < waits && waited(closed), closed::countDown);
  }

  private static final long PAUSE_MILLIS = 5;

  private static boolean waited(CountDownLatch closed) {
    try {
      return !closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** For tests, which do not wait. */
  Store opened(Store old, Store fresh, IntPredicate patience, Runnable onClose) {
    Gate gate = new Gate(old, options.node());
    gate.look();
    Marks marks = new Marks(options.maxWaiting());
    Counts counts = new Counts();
    Worker worker = new Worker(old, fresh, gate, marks, counts, options);
    Open now = new Open(old, fresh, gate, marks, counts, worker);
    open = now;
    return new MovingStore(
        old,
        fresh,
        gate,
        marks,
        patience,
        () -> {
          onClose.run();
          close(now);
        });
  }

  /** For tests: whether this thread is asking for leave to write. */
  boolean isEntering() {
    Open now = open;
    return now != null && Thread.holdsLock(now.gate());
  }

  /** A node that has mirrored all that it changed leaves no doubt behind. */
  private synchronized void close(Open closing) {
    try {
      if (closing.equals(open)) {
        open = null;
        done |= closing.gate().isOver();
        if (!closing.gate().isOver() && closing.worker().settle()) {
          closing.gate().leave();
        }
      }
    } catch (StoreException e) {
      // It is found to be gone, and everything is compared once more.
    } finally {
      try {
        closing.from().close();
      } finally {
        closing.to().close();
      }
    }
  }

  /**
   * Begins to copy. Every node that writes into the old store must run with its {@code Move} by
   * then; one that does not would write where nobody looks. Does nothing if the move was begun.
   *
   * @param nowMillis the time, in milliseconds since 1970
   * @throws StoreException with {@link Effect#FAULT} if the new store is not empty, with another
   *     effect if it is not known to be begun: then ask again
   * @throws IllegalStateException if the store is not open
   */
  public synchronized void start(long nowMillis) {
    opened().worker().start(nowMillis);
  }

  /**
   * Lets the nodes switch over, which they do when everything was compared once more. Writers wait
   * meanwhile, for {@link MoveOptions#longestPause()} at most: where that is not enough the switch
   * is called off, and has to be asked for again. Where differences stand in its way, asking again
   * has everything compared again.
   *
   * @throws StoreException if it is not known to be noted: then ask again
   * @throws IllegalStateException if the move was not started, or the store is not open
   */
  public synchronized void switchOver() {
    opened().worker().switchOver();
  }

  /**
   * Gives the move up: the old store is used, and nothing is copied any more. The new one has to be
   * emptied before the move can be started again.
   *
   * @throws StoreException if it is not known to be given up: then ask again
   * @throws IllegalStateException if the move is done, or the store is not open
   */
  public synchronized void abandon() {
    opened().worker().abandon();
  }

  private Open opened() {
    Open now = open;
    if (now == null) {
      throw new IllegalStateException(
          done
              ? "The move is done: " + to.description() + " is used"
              : "The store is not open; the node that uses it opens it");
    }
    return now;
  }

  /**
   * Does some of the work: mirrors what this node changed, copies or compares a page, takes its
   * part in a switch. Blocks for some calls to both stores. To be called again and again, by one
   * thread, on every node: at once if it is busy, and after a pause of 100 milliseconds or so
   * otherwise. A node that is not heard of for {@link MoveOptions#nodeTimeout()} is given up.
   *
   * @param nowMillis the time, in milliseconds since 1970
   * @return what is so afterwards
   * @throws StoreException as either store does; the next call goes on
   */
  public synchronized MoveStatus work(long nowMillis) {
    Open now = open;
    if (now == null) {
      return status();
    }
    now.worker().turn(nowMillis);
    return status();
  }

  /** What this node knows. Asks nobody. */
  public MoveStatus status() {
    Open now = open;
    if (now == null) {
      MovePhase phase = done ? MovePhase.DONE : MovePhase.BEFORE;
      return new MoveStatus(phase, false, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, "");
    }
    Plan plan = now.gate().plan();
    Papers.Tour tour = now.worker().tour();
    Counts counts = now.counts();
    boolean verifies = plan.is(MovePhase.COPY) && tour.number() > 1;
    return new MoveStatus(
        verifies ? MovePhase.VERIFY : plan.phase(),
        now.worker().busy(),
        plan.wanted(),
        tour.number(),
        counts.rows.sum(),
        counts.submits.sum(),
        counts.records.sum(),
        counts.mirrored.sum(),
        now.marks().size(),
        counts.mended.sum(),
        tour.diverged(),
        counts.calledOff.sum(),
        now.worker().detail());
  }
}
