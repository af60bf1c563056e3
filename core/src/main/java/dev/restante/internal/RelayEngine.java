package dev.restante.internal;

import static dev.restante.storage.StoreException.Effect.UNKNOWN;

import dev.restante.Resources;
import dev.restante.RestanteListener;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls.Kind;
import dev.restante.Timers;
import dev.restante.api.Acknowledgement;
import dev.restante.api.Draft;
import dev.restante.api.InvalidValueException;
import dev.restante.api.Refusal;
import dev.restante.api.Result;
import dev.restante.api.message.DeadLetter;
import dev.restante.api.message.Relay;
import dev.restante.api.wire.WireCodec;
import dev.restante.api.wire.WireFormatException;
import dev.restante.storage.DeadRow;
import dev.restante.storage.EnqueueSource;
import dev.restante.storage.EnqueueTable;
import dev.restante.storage.EnqueuedDraft;
import dev.restante.storage.EnqueuedRow;
import dev.restante.storage.EnqueuedRows;
import dev.restante.storage.RelayTurn;
import dev.restante.storage.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Submits what the host's transactions enqueued, in rounds: takes the rows with the lowest numbers,
 * submits all of them, waits for their ends, and removes those that ended.
 *
 * <p><b>Nothing is passed by.</b> There is no mark up to which rows count as done: a transaction
 * that was open for long commits a row with a low number, and the next round begins with it. Rows
 * go when they were accepted, and only then.
 *
 * <p><b>Order.</b> Each round begins with the lowest number there is. The rows of one transaction
 * appear all at once, so none is taken before an earlier one of the same transaction. Within a
 * round all are submitted in the order of their numbers, each lane (a sender's device and a
 * conversation) as a {@link Lane}: after a refusal for a passing reason what follows in the lane is
 * refused too. Such a lane rests for a while and is left out meanwhile, so it holds up no other.
 *
 * <p><b>Once.</b> A relay that dies between submitting and removing leaves rows that are submitted
 * again, under the same client ids, and get their first acknowledgements. For the same reason two
 * relays do no harm to each other; that one of them works at a time saves work, no more.
 *
 * <p>Safe for use by many threads. The lock is held during no call.
 */
final class RelayEngine implements Relay {
  private static final Logger log = LoggerFactory.getLogger(RelayEngine.class);

  /** How long a relay's turn lasts if nobody hears of it any more. */
  private static final Duration TURN = Duration.ofSeconds(10);

  private static final int MOST_ROWS = 500;
  private static final long MOST_BYTES = 4L * 1024 * 1024;

  /** Lanes that rest; beyond that none is left out, and everybody waits. */
  private static final int MOST_RESTING = 1000;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** After something came, more is looked for so much sooner than when it is calm. */
  private static final int EAGERNESS = 16;

  private static final int LONGEST_WAIT_MILLIS = 100;

  private final SourceAccess source;
  private final StoreAccess store;
  private final MessageEngine messages;
  private final RestanteOptions options;
  private final Resources resources;
  private final Tally tally;
  private final Consumer<Consumer<RestanteListener>> told;
  private final Answers answers;
  private final AtomicInteger requests = new AtomicInteger();
  private final long owner;

  // Guarded by this:
  private final Map<Long, Rest> resting = new LinkedHashMap<>();
  private boolean working;
  private boolean hinted;
  private boolean closed;
  private int failures;
  private Duration calm;
  private Timers.@Nullable Timer waiting;

  /** How often a lane was refused in a row, and when it is tried again. */
  private record Rest(int refusals, long untilNanos) {}

  RelayEngine(
      EnqueueSource<?> source,
      StoreAccess store,
      MessageEngine messages,
      RestanteOptions options,
      Resources resources,
      Tally tally,
      Consumer<Consumer<RestanteListener>> told,
      long node) {
    this.source = new SourceAccess(source, options, resources);
    this.store = store;
    this.messages = messages;
    this.options = options;
    this.resources = resources;
    this.tally = tally;
    this.told = told;
    this.answers = new Answers(resources.callbacks());
    this.owner = node;
    this.calm = eager();
  }

  // ---- when to work ----------------------------------------------------------------------------

  void start() {
    work();
  }

  /** The store can be reached again: lanes that rested because it could not need not go on. */
  void storeIsUp() {
    synchronized (this) {
      resting.clear();
    }
    hint();
  }

  @Override
  public void hint() {
    synchronized (this) {
      if (working) {
        hinted = true;
        return;
      }
      if (failures > 0) {
        return; // whoever is in a hurry does not make the database come back
      }
    }
    work();
  }

  private void work() {
    synchronized (this) {
      if (closed || working) {
        return;
      }
      working = true;
      hinted = false;
      if (waiting != null) {
        waiting.cancel();
        waiting = null;
      }
    }
    if (!source.isOpen()) {
      open();
    } else if (store.isUp()) {
      take();
    } else {
      rest(options.pollInterval());
    }
  }

  /** Ends a round, and begins the next one after a pause. */
  private synchronized void rest(Duration pause) {
    working = false;
    if (closed) {
      notifyAll();
      return;
    }
    boolean atOnce = hinted && failures == 0;
    waiting = resources.timers().schedule(atOnce ? Duration.ZERO : pause, this::work);
  }

  private void failed(String what, @Nullable Throwable failure) {
    StoreException why = StoreAccess.cause(failure);
    tally.relayFailures.increment();
    Duration pause;
    synchronized (this) {
      if (failures == 0 && !closed) {
        log.warn("The relay failed to {} {}: {}", what, source.description(), why.getMessage());
      }
      pause = pause(failures++);
    }
    rest(pause);
  }

  private synchronized void worked() {
    if (failures > 0) {
      failures = 0;
      log.info("The relay reaches {} again", source.description());
    }
  }

  /** Grows with what went before, up to the longest. */
  private Duration pause(int before) {
    long millis = FIRST_PAUSE.toMillis() << Math.min(before, 10);
    long bounded = Math.min(millis, LONGEST_PAUSE.toMillis());
    return Duration.ofMillis(bounded + resources.random().nextLong(bounded / 2 + 1));
  }

  private Duration eager() {
    return options.pollInterval().dividedBy(EAGERNESS);
  }

  /** How long to wait when there is nothing to do; the longer the calm, the longer. */
  private synchronized Duration calmPause() {
    Duration pause = calm;
    Duration twice = calm.multipliedBy(2);
    calm = twice.compareTo(options.pollInterval()) < 0 ? twice : options.pollInterval();
    return pause;
  }

  private void open() {
    Ends.when(
        source.open(),
        (opened, failure) -> {
          if (opened == null) {
            failed("open", failure);
          } else {
            worked();
            rest(Duration.ZERO);
          }
        });
  }

  // ---- a round ---------------------------------------------------------------------------------

  private void take() {
    long now = resources.clock().millis();
    long until = now + TURN.toMillis();
    RelayTurn turn = new RelayTurn(owner, now, until, until + ClockWatch.LARGEST_SKEW.toMillis());
    List<Long> except = resting();
    Ends.when(
        source.call(
            Kind.HOUSEKEEPING, "take", from -> from.take(turn, except, MOST_ROWS, MOST_BYTES)),
        (taken, failure) -> {
          if (taken == null) {
            failed("take from", failure);
            return;
          }
          if (taken.rows().isEmpty()) {
            worked();
            rest(calmPause());
          } else if (isClosed()) {
            settle(List.of(), List.of(), false);
          } else {
            submit(taken);
          }
        });
  }

  private synchronized List<Long> resting() {
    long now = resources.nanoTime().getAsLong();
    if (resting.size() > MOST_RESTING) {
      resting.clear();
    }
    List<Long> except = new ArrayList<>(resting.size());
    resting.forEach(
        (lane, rest) -> {
          if (rest.untilNanos - now > 0) {
            except.add(lane);
          }
        });
    return except;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void submit(EnqueuedRows taken) {
    Map<Long, Lane> lanes = new HashMap<>();
    List<CompletableFuture<Result<Acknowledgement>>> ends = new ArrayList<>(taken.rows().size());
    for (EnqueuedRow row : taken.rows()) {
      ends.add(submit(row.draft(), lanes.computeIfAbsent(row.draft().lane(), lane -> new Lane())));
    }
    Ends.when(
        CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new)),
        (all, failure) -> ended(taken, ends));
  }

  private CompletableFuture<Result<Acknowledgement>> submit(EnqueuedDraft enqueued, Lane lane) {
    Draft draft;
    try {
      draft = decoded(enqueued);
    } catch (WireFormatException | InvalidValueException unreadable) {
      return CompletableFuture.completedFuture(
          Result.refused(
              Refusal.Code.NOT_STORABLE, "this is no draft: " + unreadable.getMessage()));
    }
    try {
      return messages.submit(draft, lane);
    } catch (RuntimeException bug) {
      log.error("An enqueued draft could not be submitted", bug);
      return CompletableFuture.failedFuture(bug);
    }
  }

  /** Throws what the two callers catch, if it is no draft. */
  private static Draft decoded(EnqueuedDraft enqueued) {
    return WireCodec.decodeDraft(enqueued.tenant(), enqueued.payload());
  }

  private void ended(EnqueuedRows taken, List<CompletableFuture<Result<Acknowledgement>>> ends) {
    List<EnqueuedRow> done = new ArrayList<>(ends.size());
    List<DeadRow> dead = new ArrayList<>(0);
    Map<Long, Boolean> refused = new LinkedHashMap<>();
    long now = resources.clock().millis();
    for (int i = 0; i < ends.size(); i++) {
      EnqueuedRow row = taken.rows().get(i);
      // A submit never fails; should one do so, its row is tried again and stops no other.
      Result<Acknowledgement> end =
          ends.get(i).isCompletedExceptionally() ? null : ends.get(i).getNow(null);
      Refusal why = end == null ? null : end.whyRefused().orElse(null);
      if (end != null && why == null) {
        done.add(row);
        refused.putIfAbsent(row.draft().lane(), false);
      } else if (why != null && why.code().retry() == Refusal.Retry.NEVER) {
        dead.add(new DeadRow(row.id(), row.draft(), why.code().name(), why.detail(), now));
        refused.putIfAbsent(row.draft().lane(), false);
      } else {
        refused.put(row.draft().lane(), true);
      }
    }
    note(refused);
    boolean again =
        taken.more() && !(done.isEmpty() && dead.isEmpty()) && store.isUp() && !isClosed();
    settle(done, dead, again);
  }

  private synchronized void note(Map<Long, Boolean> refused) {
    long now = resources.nanoTime().getAsLong();
    refused.forEach(
        (lane, again) -> {
          Rest before = resting.remove(lane);
          if (again) {
            int refusals = before == null ? 0 : before.refusals + 1;
            resting.put(lane, new Rest(refusals, now + pause(refusals).toNanos()));
          }
        });
  }

  private void settle(List<EnqueuedRow> done, List<DeadRow> dead, boolean again) {
    Ends.when(
        source.call(
            Kind.HOUSEKEEPING,
            "settle",
            in -> {
              in.settle(owner, done, dead, !again);
              return true;
            }),
        (settled, failure) -> {
          if (settled != null || StoreAccess.cause(failure).effect() == UNKNOWN) {
            tell(dead);
          }
          if (settled == null) {
            failed("settle with", failure);
            return;
          }
          worked();
          tally.relayed.add(done.size());
          tally.deadLetters.add(dead.size());
          boolean moved = !(done.isEmpty() && dead.isEmpty());
          if (again) {
            take();
          } else {
            rest(moved ? eagerly() : calmPause());
          }
        });
  }

  private synchronized Duration eagerly() {
    calm = eager();
    return calm;
  }

  private void tell(List<DeadRow> dead) {
    if (!dead.isEmpty()) {
      log.warn(
          "{} enqueued drafts became dead letters, the first one: {}",
          dead.size(),
          why(dead.get(0)));
    }
    for (DeadRow row : dead) {
      Draft draft = draft(row.draft());
      Refusal why = why(row);
      told.accept(listener -> listener.enqueuedRefused(draft, why));
    }
  }

  // ---- dead letters ----------------------------------------------------------------------------

  @Override
  public CompletionStage<Result<List<DeadLetter>>> deadLetters(long afterId, int limit) {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new InvalidValueException("limit must be 1 to " + MAX_LIMIT + ", is " + limit);
    }
    return ask(
        Kind.READ,
        "dead letters",
        from ->
            from.deadLetters(afterId, limit, MOST_BYTES).stream()
                .map(RelayEngine::deadLetter)
                .toList());
  }

  @Override
  public CompletionStage<Result<Boolean>> retry(long id) {
    return ask(Kind.HOUSEKEEPING, "retry", in -> in.retry(id))
        .thenApply(
            result -> {
              hint();
              return result;
            });
  }

  @Override
  public CompletionStage<Result<Boolean>> discard(long id) {
    return ask(Kind.HOUSEKEEPING, "discard", in -> in.discard(id));
  }

  private <T> CompletionStage<Result<T>> ask(
      Kind kind, String operation, Function<EnqueueTable, T> body) {
    if (isClosed()) {
      return CompletableFuture.completedStage(
          Result.refused(Refusal.Code.CLOSED, "this node is closing"));
    }
    int limit = options.maxQueuedReads();
    int under = requests.getAndUpdate(count -> Math.min(limit, count + 1));
    if (under == limit) {
      return CompletableFuture.completedStage(
          Result.refused(Refusal.Code.OVERLOADED, under + " requests wait, the limit is " + limit));
    }
    return answers.of(
        source
            .call(kind, operation, table -> Result.ok(body.apply(table)))
            .whenComplete((result, failure) -> requests.decrementAndGet()));
  }

  private static DeadLetter deadLetter(DeadRow row) {
    return new DeadLetter(
        row.id(), draft(row.draft()), why(row), Instant.ofEpochMilli(row.timeMillis()));
  }

  private static @Nullable Draft draft(EnqueuedDraft enqueued) {
    try {
      return decoded(enqueued);
    } catch (WireFormatException | InvalidValueException unreadable) {
      return null;
    }
  }

  private static Refusal why(DeadRow row) {
    for (Refusal.Code code : Refusal.Code.values()) {
      if (code.name().equals(row.code())) {
        return new Refusal(code, row.detail());
      }
    }
    // A newer node knows reasons that this one does not.
    return new Refusal(Refusal.Code.NOT_STORABLE, row.code() + ": " + row.detail());
  }

  // ---- closing ---------------------------------------------------------------------------------

  /** Begins no more rounds; one that is under way goes on. */
  synchronized void stop() {
    closed = true;
    if (waiting != null) {
      waiting.cancel();
      waiting = null;
    }
  }

  /** Waits for the round under way, and closes the source. */
  void close(Duration deadline) {
    stop();
    long end = resources.nanoTime().getAsLong() + deadline.toNanos();
    synchronized (this) {
      try {
        long left = end - resources.nanoTime().getAsLong();
        while (working && left > 0) {
          wait(Math.max(1, Math.min(LONGEST_WAIT_MILLIS, left / 1_000_000)));
          left = end - resources.nanoTime().getAsLong();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    source.close();
  }
}
