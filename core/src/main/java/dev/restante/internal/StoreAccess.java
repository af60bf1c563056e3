package dev.restante.internal;

import static dev.restante.storage.StoreException.Effect.FAULT;
import static dev.restante.storage.StoreException.Effect.UNAVAILABLE;
import static dev.restante.storage.StoreException.Effect.UNKNOWN;

import dev.restante.Health;
import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls.Kind;
import dev.restante.Timers;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.storage.Durability;
import dev.restante.storage.MessageCacheCounts;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to the store: opens it, again until that works, puts a deadline on every call, and knows
 * whether the store answers.
 *
 * <p>After {@value #FAILURES_UNTIL_DOWN} calls in a row that did not reach the store it counts as
 * down: calls then fail at once, and a probe with growing pauses finds out when it is back.
 *
 * <p>Safe for use by many threads. Futures complete on the thread that ran the call, on a timer's,
 * or (if the store is down) on the caller's.
 */
final class StoreAccess {
  private static final Logger log = LoggerFactory.getLogger(StoreAccess.class);
  private static final int FAILURES_UNTIL_DOWN = 3;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final Storage storage;
  private final RestanteOptions options;
  private final Resources resources;
  private final Consumer<Health> onHealth;
  private final Runnable onUp;
  private final Duration deadline;

  private volatile @Nullable Store store;
  private volatile MessageCacheCounts closedWith = MessageCacheCounts.NONE;
  private volatile Health health = new Health(Health.State.OPENING, "", Health.Bus.NONE);
  private final Map<Long, CompletableFuture<?>> underWay = new LinkedHashMap<>();
  private long calls;

  /** The host's reads that are in the executor. */
  private final AtomicInteger reads = new AtomicInteger();

  private final CompletableFuture<Health> opened = new CompletableFuture<>();
  private volatile int failures;
  private Duration pause = FIRST_PAUSE;

  /** Rises with every call that may have met a failover: heads seen before are then verified. */
  private volatile int disturbances;

  StoreAccess(
      Storage storage,
      RestanteOptions options,
      Resources resources,
      Consumer<Health> onHealth,
      Runnable onUp) {
    this.storage = storage;
    this.options = options;
    this.resources = resources;
    this.onHealth = onHealth;
    this.onUp = onUp;
    // The store is told the time-out too; this one is for a store that does not keep it.
    this.deadline = options.storeCallTimeout().multipliedBy(3).dividedBy(2);
  }

  /** The first health that is not that of a store that was not reached yet. */
  CompletionStage<Health> opened() {
    return opened.minimalCompletionStage();
  }

  /** The health of the store; of the bus it knows nothing. */
  Health health() {
    return health;
  }

  boolean isUp() {
    return health.state() == Health.State.UP;
  }

  int disturbances() {
    return disturbances;
  }

  /** Has every head verified that was seen until now. */
  void disturb() {
    synchronized (this) {
      disturbances++;
    }
  }

  /** The most rows in a commit; only to be asked when the store is open. */
  int maxCommitRows() {
    Store current = store;
    return current == null ? Integer.MAX_VALUE : current.info().maxCommitRows();
  }

  /** Whether the store can lock streams; only to be asked when it is open. */
  boolean locking() {
    Store current = store;
    return current != null && current.info().locking();
  }

  /** What the store has counted, also when it is closed. */
  MessageCacheCounts messageCache() {
    Store current = store;
    return current == null ? closedWith : counts(current);
  }

  /** A number for the operator is no reason not to close a store. */
  private MessageCacheCounts counts(Store of) {
    try {
      return of.messageCache();
    } catch (RuntimeException e) {
      return closedWith;
    }
  }

  /** Whether other nodes may use the store too; only to be asked when it is open. */
  boolean shared() {
    Store current = store;
    return current == null || current.info().shared();
  }

  // ---- opening and closing ---------------------------------------------------------------------

  /** Opens the store. That may take long, since the schema may have to be migrated. */
  void open() {
    Ends.when(
        resources
            .storeCalls()
            .call(
                Kind.HOUSEKEEPING,
                "open",
                () -> Opened.open(storage, new StoreContext(options.storeCallTimeout()))),
        this::opened);
  }

  private void opened(@Nullable Store opened, @Nullable Throwable failure) {
    if (opened == null) {
      StoreException why = cause(failure);
      if (why.effect() == FAULT) {
        change(Health.State.FAILED, why.getMessage());
      } else {
        change(Health.State.OPENING, why.getMessage());
        resources.timers().schedule(nextPause(), this::openAgain);
      }
      return;
    }
    Optional<String> unfit = unfit(opened.info());
    if (unfit.isPresent()) {
      opened.close();
      change(Health.State.FAILED, storage.description() + " " + unfit.get());
      return;
    }
    boolean tooLate;
    synchronized (this) {
      tooLate = health.state() == Health.State.CLOSED;
      if (!tooLate) {
        store = opened;
        pause = FIRST_PAUSE;
      }
    }
    if (tooLate) {
      opened.close();
    } else {
      change(Health.State.UP, "");
      onUp.run();
    }
  }

  /** Why a store cannot serve these options, if it cannot. */
  private Optional<String> unfit(StoreInfo info) {
    Durability needs = options.minimumDurability();
    if (info.durability().compareTo(needs) < 0) {
      return Optional.of(
          "keeps messages with durability %s, minimumDurability is %s"
              .formatted(info.durability(), needs));
    }
    int rows = Filler.rowsOfLargestWork(options);
    return rows <= info.maxCommitRows()
        ? Optional.empty()
        : Optional.of(
            "takes %d rows in a commit; to create a group of %d members needs %d"
                .formatted(info.maxCommitRows(), options.maxGroupMembers(), rows));
  }

  private void openAgain() {
    if (health.state() == Health.State.OPENING) {
      open();
    }
  }

  /** Ends what is under way, for those who wait for it, and closes the store. */
  void close() {
    Store current;
    List<CompletableFuture<?>> open;
    synchronized (this) {
      current = store;
      if (current != null) {
        closedWith = counts(current);
      }
      store = null;
      open = new ArrayList<>(underWay.values());
    }
    change(Health.State.CLOSED, "");
    open.forEach(
        call ->
            call.completeExceptionally(new StoreException(UNKNOWN, "this node is closing", null)));
    if (current != null) {
      current.close();
      closedWith = counts(current);
    }
  }

  // ---- calls -----------------------------------------------------------------------------------

  /**
   * Calls the store.
   *
   * @return fails with a {@link StoreException} only; {@code UNAVAILABLE} if the call was not even
   *     begun
   */
  <T> CompletableFuture<T> call(Kind kind, String operation, Function<Store, T> body) {
    return call(kind, operation, body, () -> {});
  }

  /**
   * Reads for the host. There are never more of these waiting than {@link
   * RestanteOptions#maxQueuedReads()}; those of the node itself are as many as there are sessions
   * and commits.
   *
   * @return as {@link #call}, or a refusal
   */
  <T> CompletableFuture<Result<T>> read(String operation, Function<Store, Result<T>> body) {
    if (health.state() == Health.State.CLOSED) {
      return CompletableFuture.completedFuture(closed());
    }
    int limit = options.maxQueuedReads();
    int waiting = reads.getAndUpdate(count -> Math.min(limit, count + 1));
    if (waiting == limit) {
      return CompletableFuture.completedFuture(
          Result.refused(Code.OVERLOADED, waiting + " reads wait, the limit is " + limit));
    }
    return call(Kind.READ, operation, body, reads::decrementAndGet)
        .exceptionally(
            failure -> {
              if (health.state() == Health.State.CLOSED) {
                return closed();
              }
              throw cause(failure);
            });
  }

  /** For who asks while the store does not answer. What health tells is for the operator alone. */
  String why() {
    return "the store is " + health.state() + ", Restante.health() says why";
  }

  private static <T> Result<T> closed() {
    return Result.refused(Code.CLOSED, "this node is closing");
  }

  /** As above; says when it is out of the executor, which may be after it was given up. */
  private <T> CompletableFuture<T> call(
      Kind kind, String operation, Function<Store, T> body, Runnable out) {
    Store current = store;
    if (current == null || health.state() != Health.State.UP) {
      out.run();
      return CompletableFuture.failedFuture(new StoreException(UNAVAILABLE, why(), null));
    }
    CompletableFuture<T> result = withDeadline(kind, operation, () -> body.apply(current), out);
    long number;
    synchronized (this) {
      number = calls++;
      underWay.put(number, result);
    }
    return result.whenComplete(
        (value, failure) -> {
          synchronized (this) {
            underWay.remove(number);
          }
          note(kind, failure);
        });
  }

  /** What went wrong, as what it is. */
  static StoreException cause(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof StoreException known) {
      return known;
    }
    log.error("A call to the store ended in a way that its contract does not know", cause);
    return new StoreException(UNKNOWN, "unexpected: " + cause, cause);
  }

  private <T> CompletableFuture<T> withDeadline(
      Kind kind, String operation, Supplier<T> body, Runnable out) {
    CompletableFuture<T> result = new CompletableFuture<>();
    AtomicReference<Stage> stage = new AtomicReference<>(Stage.WAITING);
    Timers.Timer timer =
        resources.timers().schedule(deadline, () -> expire(operation, kind, stage, result));
    Ends.when(
        resources
            .storeCalls()
            .call(
                kind,
                operation,
                () -> {
                  if (!stage.compareAndSet(Stage.WAITING, Stage.RUNNING)) {
                    throw new StoreException(UNAVAILABLE, operation + " was given up", null);
                  }
                  return body.get();
                }),
        (value, failure) -> {
          timer.cancel();
          out.run();
          if (failure == null) {
            result.complete(value);
          } else {
            result.completeExceptionally(cause(failure));
          }
        });
    return result;
  }

  /** A call that waits for a thread has done nothing; one that runs may have done anything. */
  private <T> void expire(
      String operation, Kind kind, AtomicReference<Stage> stage, CompletableFuture<T> result) {
    boolean begun = !stage.compareAndSet(Stage.WAITING, Stage.GIVEN_UP);
    StoreException.Effect effect = begun && kind != Kind.READ ? UNKNOWN : UNAVAILABLE;
    result.completeExceptionally(
        new StoreException(effect, operation + " did not end within " + deadline, null));
  }

  private enum Stage {
    WAITING,
    RUNNING,
    GIVEN_UP
  }

  // ---- health ----------------------------------------------------------------------------------

  private void note(Kind kind, @Nullable Throwable failure) {
    if (failure == null) {
      if (failures != 0) {
        reached();
      }
      return;
    }
    StoreException why = cause(failure);
    if (why.effect() == UNAVAILABLE || why.effect() == UNKNOWN) {
      failed(kind, why);
    }
  }

  private synchronized void reached() {
    failures = 0;
  }

  private void failed(Kind kind, StoreException why) {
    boolean down;
    synchronized (this) {
      disturbances++;
      down = ++failures == FAILURES_UNTIL_DOWN && health.state() == Health.State.UP;
    }
    if (down) {
      log.warn("The store is down, last failure in a {} call: {}", kind, why.getMessage());
      change(Health.State.DOWN, String.valueOf(why.getMessage()));
      resources.timers().schedule(nextPause(), this::probe);
    }
  }

  private void probe() {
    Store current = store;
    if (current == null || health.state() != Health.State.DOWN) {
      return;
    }
    Ends.when(
        withDeadline(Kind.READ, "probe", () -> current.records(List.of(Keys.EPOCH)), () -> {}),
        (records, failure) -> {
          if (failure != null) {
            resources.timers().schedule(nextPause(), this::probe);
            return;
          }
          synchronized (this) {
            failures = 0;
            pause = FIRST_PAUSE;
          }
          change(Health.State.UP, "");
          onUp.run();
        });
  }

  private synchronized Duration nextPause() {
    Duration now = pause;
    Duration twice = pause.multipliedBy(2);
    pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    return now.plusMillis(resources.random().nextLong(now.toMillis() / 2 + 1));
  }

  private void change(Health.State state, @Nullable String detail) {
    Health next = new Health(state, detail == null ? "" : detail, Health.Bus.NONE);
    synchronized (this) {
      if (health.equals(next) || health.state() == Health.State.CLOSED) {
        return;
      }
      health = next;
    }
    onHealth.accept(next);
    if (state != Health.State.OPENING) {
      resources.callbacks().execute(() -> opened.complete(next));
    }
  }
}
