package dev.restante.internal;

import static dev.restante.storage.StoreException.Effect.TRANSIENT;
import static dev.restante.storage.StoreException.Effect.UNKNOWN;
import static java.util.Objects.requireNonNull;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls.Kind;
import dev.restante.api.DeviceId;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts work and writes it, in batches, in an order that no reader can see through.
 *
 * <p><b>Queues.</b> Work waits in the queue of its home stream: a message in its conversation's, a
 * change of devices in the user's inbox's. Homes with work stand in line. There is no timer: while
 * commits are under way work gathers, and when one ends the next takes what has gathered ("natural
 * batching", as in the LMAX Disruptor and in group commit). An idle node commits a single message
 * at once.
 *
 * <p><b>Exclusiveness.</b> A batch takes only homes of which every stream that would be written is
 * idle. So no stream is in two uncommitted batches of this node. If it were, position 102 of an
 * inbox could become visible before position 101; a device at the tail would acknowledge 102, and
 * 101 would be lost on it. Who needs many streams gets his turn all the same: see {@link Waiters}.
 *
 * <p><b>Optimism.</b> Heads are remembered, not locked. The store's primary key on (stream, number)
 * refuses a batch that was planned on heads that are too low. A head that is too high, after a
 * failover that lost writes, no key refuses; so the first append to a stream after its head was
 * loaded, and after any call that did not reach the store, asks the store to verify that the
 * predecessor exists. That is decided where the store is called, since a commit may wait for a
 * thread while another call meets the failover. Where it waits inside the store for a connection,
 * the predecessors are looked for afterwards, and what is missing is told as a loss.
 *
 * <p><b>Ends of a commit.</b> Committed: heads move, sessions are told, results complete. Conflict,
 * or outcome not known: the dedup rows of the whole batch are looked up; works found there are done
 * (their own commit may have been applied, its answer lost); the others go back to the front of
 * their queues in their old order, what was known of their streams is forgotten, and they are
 * planned anew. Until that is decided the batch keeps its streams, so nothing overtakes. A commit
 * that is still on its way then meets either its own dedup rows or numbers that are taken, and
 * fails as a whole. An outcome that stays unknown is told as such; the client repeats the same id.
 * Refused data: the batch is halved until the one bad work stands alone.
 *
 * <p><b>Contention.</b> A batch that met another node is locked and written again at once, where
 * the store can lock: its works stay together, nothing is loaded, and what is remembered of the
 * heads does not matter any more. Whether those after it are locked from the beginning is up to
 * {@link Contention}, as is how many works they may have. Of a batch that is planned anew, since
 * others came first, the last works may have to wait for the next one.
 *
 * <p>Safe for use by many threads. One lock guards all state here; it is never held during a call
 * to the store, nor while results complete.
 */
final class Committer {
  private static final Logger log = LoggerFactory.getLogger(Committer.class);

  /** What is told to somebody whose message may have been accepted when he still might send. */
  private static final Set<Code> STRANGERS =
      EnumSet.of(Code.NOT_A_MEMBER, Code.NOT_FOUND, Code.DEVICE_BARRED);

  /** The committer of which a thread is in {@link #pump}. */
  private static final ThreadLocal<@Nullable Committer> PUMPING = new ThreadLocal<>();

  private static final int MOST_ATTEMPTS = 30;

  /** How many times a batch that meets other nodes is written again before it is taken apart. */
  static final int MOST_FIGHTS = 3;

  private static final int MOST_HOMES_A_LOAD = 500;

  /** A batch of small messages on the default limits has as many homes. */
  private static final int USUAL_HOMES = 500;

  private static final int MOST_LOADS = 2;

  /** How soon to look again for what could not be read. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  /** How often to look, while closing, whether the store is still there. */
  private static final long LONGEST_WAIT_MILLIS = 100;

  private final Object lock = new Object();
  private final StoreAccess store;
  private final RestanteOptions options;
  private final Resources resources;
  private final Tally tally;
  private final Epoch epoch;
  private final Streams streams;
  private final Filler filler;
  private final Waiters waiters = new Waiters();
  private final Contention contention = new Contention();
  private final ArrayDeque<Stream> ready = new ArrayDeque<>();
  private final List<Stream> toLoad = new ArrayList<>();
  private final Hints hints;
  private Consumer<Load.Lost> onLoss = lost -> {};
  private long tick;
  private int loads;
  private int commits;
  private long queuedWorks;
  private long queuedBytes;
  private boolean skewTold;
  private boolean closing;
  private boolean aborted;

  /** Whether everything had been written when it was closed. */
  private boolean drained;

  Committer(
      StoreAccess store,
      RestanteOptions options,
      Resources resources,
      Tally tally,
      Epoch epoch,
      Hints hints) {
    this.hints = hints;
    this.epoch = epoch;
    this.store = store;
    this.options = options;
    this.resources = resources;
    this.tally = tally;
    this.streams = new Streams(options.cachedStreams());
    this.filler = new Filler(options, store);
  }

  /** Sets who is told that the store lost writes; while the node is being wired. */
  void onLoss(Consumer<Load.Lost> action) {
    onLoss = action;
  }

  // ---- admission -------------------------------------------------------------------------------

  /**
   * Makes a work; called with the lock held. Its home and extras come from the streams, pinned; the
   * pins are given back when it ends.
   */
  interface Maker<T> {
    Work<T> make(Streams streams);
  }

  /** Takes work in, or refuses it. Does no I/O. */
  <T> CompletableFuture<Result<T>> submit(int bytes, Lane.@Nullable Turn turn, Maker<T> maker) {
    Work<T> work;
    synchronized (lock) {
      Optional<Result<T>> refusal = admit(bytes, turn);
      if (refusal.isPresent()) {
        tally.refused.increment();
        return CompletableFuture.completedFuture(refusal.get());
      }
      work = maker.make(streams);
      work.tick = ++tick;
      queuedWorks++;
      queuedBytes += work.bytes;
      work.home.queue.add(work);
      enqueue(work.home);
    }
    pump();
    return work.result;
  }

  private <T> Optional<Result<T>> admit(int bytes, Lane.@Nullable Turn turn) {
    if (closing) {
      return Optional.of(Result.refused(Code.CLOSED, "this node is closing"));
    }
    if (turn != null && !turn.isAdmitted()) {
      return Optional.of(
          Result.refused(
              Code.PREDECESSOR_REFUSED,
              "an earlier message of this session to this conversation was refused; resume it"));
    }
    Result<T> refusal = null;
    if (!store.isUp()) {
      refusal = Result.refused(Code.UNAVAILABLE, store.why());
    } else if (queuedWorks >= options.maxQueuedMessages()) {
      refusal =
          Result.refused(
              Code.OVERLOADED,
              queuedWorks + " messages wait, the limit is " + options.maxQueuedMessages());
    } else if (queuedBytes + bytes > options.maxQueuedBytes()) {
      refusal =
          Result.refused(
              Code.OVERLOADED,
              queuedBytes
                  + " bytes wait and this message has "
                  + bytes
                  + ", the limit is "
                  + options.maxQueuedBytes());
    }
    if (refusal == null) {
      return Optional.empty();
    }
    if (refusal.whyRefused().orElseThrow().code() == Code.OVERLOADED) {
      tally.overloads.increment();
    }
    if (turn != null) {
      turn.lane().breakOff();
    }
    return Optional.of(refusal);
  }

  void resume(Lane lane, String clientId) {
    synchronized (lock) {
      lane.mendAt(clientId);
    }
  }

  /** Keeps an inbox's state in memory and its session told, until {@link #detach}. */
  InboxState attach(UserId user, Session session) {
    synchronized (lock) {
      InboxState inbox = streams.inbox(user);
      inbox.add(session);
      return inbox;
    }
  }

  void detach(InboxState inbox, Session session) {
    synchronized (lock) {
      if (inbox.remove(session)) {
        inbox.pins--;
      }
    }
  }

  /** Forgets every head, after the store was found to have gone back. */
  void forgetHeads() {
    store.disturb();
    synchronized (lock) {
      streams.unloadIdle();
    }
  }

  /**
   * Takes in what another node says of heads. What is known is doubted by it, no more; sessions
   * look whether it is so.
   */
  void hear(List<Hint.Head> heads) {
    List<Runnable> looks = new ArrayList<>(0);
    synchronized (lock) {
      for (Hint.Head hint : heads) {
        Stream stream = hint.of(streams);
        if (stream != null) {
          stream.hint(hint.head());
          if (stream instanceof InboxState inbox) {
            inbox.sessions().forEach(session -> looks.add(() -> session.hint(hint.head())));
          }
        }
      }
    }
    looks.forEach(Runnable::run);
  }

  /** Tells other nodes the head of an inbox, if it is known: one of them may have missed it. */
  void tellHead(UserId user) {
    InboxState inbox;
    long head = 0;
    synchronized (lock) {
      inbox = streams.known(user);
      if (inbox != null && inbox.loaded) {
        head = inbox.head;
      }
    }
    if (inbox != null && head > 0) {
      hints.tellHead(inbox.key, head);
    }
  }

  /** The sessions of a user on this node. */
  List<Session> sessions(UserId user) {
    synchronized (lock) {
      InboxState inbox = streams.known(user);
      return inbox == null ? List.of() : inbox.sessions();
    }
  }

  long queuedWorks() {
    synchronized (lock) {
      return queuedWorks;
    }
  }

  long queuedBytes() {
    synchronized (lock) {
      return queuedBytes;
    }
  }

  private void enqueue(Stream home) {
    if (home.place == Stream.Place.NOWHERE && home.owner == null && !home.queue.isEmpty()) {
      home.place = Stream.Place.READY;
      if (waiters.isNext(home)) {
        ready.addFirst(home);
      } else {
        ready.add(home);
      }
    }
  }

  // ---- filling batches -------------------------------------------------------------------------

  /**
   * Starts as many loads and commits as may run. Called without the lock. What ends at once, since
   * the store is down or there is nothing to write, comes back here from within: then the loop that
   * is under way goes on, or the stack would grow with every batch.
   */
  private void pump() {
    Committer outer = PUMPING.get();
    if (outer == this) {
      return;
    }
    PUMPING.set(this);
    try {
      startAll();
    } finally {
      if (outer == null) {
        PUMPING.remove();
      } else {
        PUMPING.set(outer);
      }
    }
  }

  private void startAll() {
    while (true) {
      Batch batch = null;
      List<Stream> load = List.of();
      synchronized (lock) {
        if (aborted) {
          return;
        }
        if (commits < options.writers()) {
          batch = fill();
        }
        if (batch != null) {
          commits++;
        } else if (loads < MOST_LOADS && !toLoad.isEmpty()) {
          List<Stream> next = toLoad.subList(0, Math.min(toLoad.size(), MOST_HOMES_A_LOAD));
          load = new ArrayList<>(next);
          next.clear();
          loads++;
        }
      }
      if (batch != null) {
        write(batch);
      } else if (!load.isEmpty()) {
        load(load);
      } else {
        return;
      }
    }
  }

  private @Nullable Batch fill() {
    Batch batch = null;
    boolean locked = contention.isHigh();
    waiters.gone().forEach(this::unblock);
    for (int left = ready.size(); left > 0; left--) {
      Stream home = ready.remove();
      home.place = Stream.Place.NOWHERE;
      if (home.queue.isEmpty()) {
        continue;
      }
      if (home.owner != null && home.owner != batch) {
        block(home, home);
        continue;
      }
      if (Filler.needsLoad(home, locked)) {
        home.place = Stream.Place.LOADING;
        toLoad.add(home);
        continue;
      }
      if (batch == null) {
        batch = new Batch(++tick, Math.min(left, USUAL_HOMES));
        batch.locked = locked;
        batch.maxWorks = contention.mostWorks();
      }
      int before = batch.works;
      Stream obstacle = filler.take(home, batch);
      if (obstacle != null) {
        block(home, obstacle);
      } else if (batch.works > before) {
        waiters.taken(home).forEach(this::unblock);
      } else {
        // The batch is full.
        home.place = Stream.Place.READY;
        ready.addFirst(home);
        break;
      }
    }
    waiters.next();
    if (batch == null || batch.works == 0) {
      return null;
    }
    if (locked) {
      contention.locked();
    }
    return batch;
  }

  private void block(Stream home, Stream obstacle) {
    home.place = Stream.Place.BLOCKED;
    obstacle.blocked.add(home);
    waiters.blocked(home);
  }

  /** Lets those in that waited for a stream, unless a batch has it and will do so. */
  private void unblock(Stream stream) {
    if (stream.owner != null) {
      return;
    }
    for (Stream home : stream.blocked) {
      home.place = Stream.Place.NOWHERE;
      enqueue(home);
    }
    stream.blocked.clear();
  }

  // ---- loading ---------------------------------------------------------------------------------

  private void load(List<Stream> homes) {
    Load load;
    synchronized (lock) {
      load = new Load(++tick, epoch);
      for (Stream home : homes) {
        load.addMissingOf(home);
      }
    }
    Ends.when(
        store.call(Kind.READ, "load", load::read), (done, failure) -> loaded(homes, load, failure));
  }

  private void loaded(List<Stream> homes, Load load, @Nullable Throwable failure) {
    List<Work<?>> ends = new ArrayList<>();
    List<List<Stream>> alone = new ArrayList<>(0);
    List<Load.Lost> lost = List.of();
    synchronized (lock) {
      loads--;
      if (aborted) {
        return;
      }
      if (failure == null) {
        lost = load.apply(streams, ++tick);
        noteSkew(load.latestMillis() - resources.clock().millis());
      } else if (homes.size() > 1 && !StoreAccess.cause(failure).effect().repeatable()) {
        // One record that cannot be read must not stop the others.
        homes.forEach(home -> alone.add(List.of(home)));
        loads += homes.size();
      }
      for (Stream home : alone.isEmpty() ? homes : List.<Stream>of()) {
        home.place = Stream.Place.NOWHERE;
        if (failure != null) {
          refuseAll(home, StoreAccess.cause(failure), ends);
        }
        enqueue(home);
      }
    }
    finish(ends);
    lost.forEach(onLoss);
    alone.forEach(this::load);
    pump();
  }

  /** A conversation's time never goes back, so it stays as far ahead as a wrong clock took it. */
  private void noteSkew(long aheadMillis) {
    if (aheadMillis <= ClockWatch.LARGEST_SKEW.toMillis()) {
      return;
    }
    tally.clockSkews.increment();
    if (!skewTold) {
      skewTold = true;
      log.warn(
          "A conversation ends {} ahead of this node's clock: some node's clock is wrong, or was",
          Duration.ofMillis(aheadMillis));
    }
  }

  private void refuseAll(Stream home, StoreException why, List<Work<?>> ends) {
    Set<DeviceId> stopped = new HashSet<>();
    while (!home.queue.isEmpty()) {
      String detail = String.valueOf(why.getMessage());
      fail(home.queue.remove(), Code.UNAVAILABLE, detail, stopped, ends);
    }
  }

  // ---- writing ---------------------------------------------------------------------------------

  /** A plan and how its commit ended. */
  private record Written(@Nullable Plan plan, CommitOutcome outcome) {}

  private void write(Batch batch) {
    if (batch.locked) {
      tally.lockedCommits.increment();
      AtomicReference<@Nullable Plan> made = new AtomicReference<>();
      Ends.when(
          store.call(Kind.COMMIT, "commitLocked", to -> writeLocked(batch, to, made)),
          (written, failure) -> guarded(batch, () -> ended(batch, made.get(), written, failure)));
      return;
    }
    Plan plan;
    try {
      plan = Plan.atKnownHeads(batch, resources.clock().millis());
    } catch (RuntimeException bug) {
      log.error("A batch of {} could not be planned", batch.works, bug);
      giveUp(batch, "could not be planned: " + bug);
      return;
    }
    if (plan.isEmpty()) {
      ended(batch, plan, new Written(plan, CommitOutcome.COMMITTED), null);
      return;
    }
    Ends.when(
        store.call(
            Kind.COMMIT,
            "commit",
            to -> {
              Commit commit = plan.commit(store.disturbances(), options.verifyHeads());
              return new Written(plan, to.commit(commit));
            }),
        (written, failure) -> guarded(batch, () -> ended(batch, plan, written, failure)));
  }

  private Written writeLocked(Batch batch, Store to, AtomicReference<@Nullable Plan> made) {
    int disturbances = store.disturbances();
    AtomicInteger plans = new AtomicInteger();
    CommitOutcome outcome =
        to.commitLocked(
            batch.streams.stream().map(stream -> stream.key).toList(),
            heads -> {
              Plan before = made.get();
              if (before != null) {
                before.noteAttempts(false);
              }
              int most = Contention.mostWorks(batch.works, plans.getAndIncrement());
              Plan plan = Plan.atLockedHeads(batch, resources.clock().millis(), heads, most);
              // Here, since it may be made, and written, after the call was given up.
              plan.noteAttempts(true);
              made.set(plan);
              return Optional.of(plan.commit(disturbances, options.verifyHeads()));
            });
    return new Written(made.get(), outcome);
  }

  /** A bug in what follows a commit must not keep the batch's streams for ever. */
  private void guarded(Batch batch, Runnable what) {
    try {
      what.run();
    } catch (RuntimeException bug) {
      log.error("A batch of {} is given up", batch.works, bug);
      synchronized (lock) {
        batch.allWorks().forEach(work -> work.maybeDone = true);
      }
      if (!batch.released) {
        giveUp(batch, "unexpected: " + bug);
      }
    }
  }

  private void ended(
      Batch batch,
      @Nullable Plan attempted,
      @Nullable Written written,
      @Nullable Throwable failure) {
    if (batch.locked && attempted != null && isNotWritten(written, failure)) {
      // Another node may have given the same message the same number, to expire at the same moment.
      attempted.noteAttempts(false);
    }
    if (written == null) {
      failed(batch, attempted, StoreAccess.cause(failure));
    } else if (written.outcome instanceof CommitOutcome.Committed committed) {
      committed(batch, requireNonNull(written.plan), committed.contended());
    } else if (written.outcome instanceof CommitOutcome.Conflict conflict) {
      tally.conflicts.increment();
      if (conflict.cause() == CommitOutcome.Cause.HEAD && store.locking()) {
        outrun(batch);
      } else {
        examine(batch, false);
      }
    } else {
      refused(batch, ((CommitOutcome.Refused) written.outcome).detail());
    }
  }

  private static boolean isNotWritten(@Nullable Written written, @Nullable Throwable failure) {
    return written == null
        ? StoreAccess.cause(failure).effect() == TRANSIENT
        : !(written.outcome instanceof CommitOutcome.Committed);
  }

  /**
   * Another node has written to a stream since its head was read. The heads that the store holds
   * still are the right ones, unless somebody who does not lock is quicker yet.
   */
  private void outrun(Batch batch) {
    boolean again;
    synchronized (lock) {
      if (!batch.locked) {
        contention.met();
      }
      again = ++batch.fights <= MOST_FIGHTS && !aborted;
      batch.locked = true;
    }
    if (again) {
      write(batch);
    } else {
      examine(batch, false);
    }
  }

  /** What is told of a work that was decided anew after a commit that may have been applied. */
  private static Result<?> honest(Work<?> work, Result<?> decided) {
    boolean doubtful =
        work.maybeDone
            && decided.whyRefused().filter(why -> why.code() != Code.ID_REUSED).isPresent();
    return doubtful
        ? Result.refused(
            Code.OUTCOME_UNKNOWN, "it may have been done: " + decided.whyRefused().orElseThrow())
        : decided;
  }

  private void committed(Batch batch, Plan plan, boolean contended) {
    tally.commits.increment();
    // Sessions are told before the streams are released, so that they are told in order.
    plan.publish();
    List<Work<?>> ends = new ArrayList<>(batch.works);
    Map<Stream, List<Stranger>> strangers = new LinkedHashMap<>(0);
    List<Load.Lost> lost;
    boolean byTurns;
    synchronized (lock) {
      lost = plan.apply(++tick);
      contention.committed(Math.min(plan.mostWorks, batch.works), batch.works);
      if (batch.locked) {
        // Its heads came with the lock and not with a load.
        noteSkew(plan.latestMillis() - plan.nowMillis);
        if (batch.fights == 0 && (contended || plan.isOverOthers())) {
          contention.met();
        }
      } else {
        contention.passed();
      }
      byTurns = batch.locked && contended && contention.isLasting() && !plan.changesRecords();
      int i = 0;
      for (Batch.Home home : batch.homes) {
        List<Work<?>> undecided = List.of();
        boolean waits = false;
        for (int j = 0; j < home.count(); j++) {
          Work<?> work = home.get(j).work();
          waits |= i >= plan.mostWorks && undecided.isEmpty();
          Result<?> result = plan.results.get(i++);
          if (result == null) {
            undecided = undecided.isEmpty() ? new ArrayList<>() : undecided;
            undecided.add(work);
          } else if (work.dedupKey() != null && isStranger(result)) {
            home.stream.place = Stream.Place.ASKING;
            strangers
                .computeIfAbsent(home.stream, any -> new ArrayList<>())
                .add(new Stranger(work, result));
          } else {
            end(work, honest(work, result), ends);
            forgetChanged(work);
          }
        }
        if (!undecided.isEmpty()) {
          putBack(home.stream, undecided);
          if (!waits) {
            home.stream.unload();
            undecided.forEach(this::forgetDevices);
          }
        }
      }
      release(batch);
    }
    finish(ends);
    if (!strangers.isEmpty()) {
      remember(strangers);
    }
    lost.forEach(onLoss);
    if (plan.isOvertaken(store.disturbances())) {
      lookBehind(plan.unverified(options.verifyHeads()));
    }
    pump();
    // Last, so that nothing else hangs on what the host makes of it.
    hints.tellHeads(plan, byTurns);
  }

  /**
   * A commit that did not verify heads was under way while another call met what may have been a
   * failover. It may have waited, inside the store, for a connection to a server that has less than
   * the heads that were known: then its rows stand behind a gap that no later commit would notice.
   */
  private void lookBehind(Map<Stream, Long> predecessors) {
    synchronized (lock) {
      if (aborted || predecessors.isEmpty()) {
        return;
      }
    }
    Ends.when(
        store.call(Kind.READ, "predecessors", from -> missing(from, predecessors)),
        (lost, failure) -> {
          if (lost != null) {
            lost.forEach(onLoss);
          } else {
            resources.timers().schedule(LOOK_AGAIN, () -> lookBehind(predecessors));
          }
        });
  }

  private static List<Load.Lost> missing(Store from, Map<Stream, Long> rows) {
    List<Load.Lost> missing = new ArrayList<>(0);
    rows.forEach(
        (stream, seq) -> {
          LogSlice slice = from.readLog(new LogRange(stream.key, seq, seq, false, 1, 1));
          if (slice.rows().isEmpty() && slice.floor() < seq) {
            // Where the rows before it end takes a search; that it is gone is what matters.
            missing.add(new Load.Lost(stream, seq, seq - 1));
          }
        });
    return missing;
  }

  /** A message of somebody who may not send, and how it ends unless it is a repeat. */
  private record Stranger(Work<?> work, Result<?> refusal) {}

  private static boolean isStranger(Result<?> result) {
    return result.whyRefused().filter(why -> STRANGERS.contains(why.code())).isPresent();
  }

  /**
   * A repeat by somebody who was a member then gets the first acknowledgement all the same. Until
   * the store has said whether it is one, what waits behind it waits: should that not be found out
   * he repeats it, and may be a member by then.
   */
  private void remember(Map<Stream, List<Stranger>> strangers) {
    List<DedupKey> keys = new ArrayList<>();
    strangers
        .values()
        .forEach(all -> all.forEach(each -> keys.add(requireNonNull(each.work.dedupKey()))));
    Ends.when(
        store.call(Kind.READ, "dedups", from -> from.dedups(keys)),
        (found, failure) -> {
          List<Work<?>> ends = new ArrayList<>();
          synchronized (lock) {
            strangers.forEach((home, each) -> remembered(home, each, found, failure, ends));
            if (closing) {
              lock.notifyAll();
            }
          }
          finish(ends);
          pump();
        });
  }

  private void remembered(
      Stream home,
      List<Stranger> strangers,
      @Nullable Map<DedupKey, DedupRow> found,
      @Nullable Throwable failure,
      List<Work<?>> ends) {
    long now = resources.clock().millis();
    Set<DeviceId> stopped = new HashSet<>(0);
    for (Stranger stranger : strangers) {
      Work<?> work = stranger.work;
      DedupRow row = found == null ? null : found.get(work.dedupKey());
      if (found == null) {
        String why = String.valueOf(StoreAccess.cause(failure).getMessage());
        fail(work, Code.UNAVAILABLE, why, stopped, ends);
      } else if (row != null && row.expiresAtMillis() > now) {
        end(work, ((MessageWork) work).remembered(row), ends);
      } else if (work.maybeDone) {
        String why = "it may have been done: " + stranger.refusal.whyRefused().orElseThrow();
        fail(work, Code.OUTCOME_UNKNOWN, why, stopped, ends);
      } else {
        end(work, stranger.refusal, ends);
      }
    }
    if (!aborted) {
      refuseFollowers(home, stopped, ends);
      home.place = Stream.Place.NOWHERE;
      enqueue(home);
    }
  }

  /** What a work changed besides heads is loaded again when it is needed. */
  private void forgetChanged(Work<?> work) {
    if (work.endsBatch()) {
      work.home.unload();
      forgetDevices(work);
    }
  }

  private void forgetDevices(Work<?> work) {
    InboxState devicesOf = work.devicesOf();
    if (devicesOf != null) {
      devicesOf.devices = null;
    }
  }

  private void failed(Batch batch, @Nullable Plan attempted, StoreException why) {
    if (why.effect() == UNKNOWN) {
      tally.unknownCommits.increment();
      if (attempted != null && !batch.locked) {
        attempted.noteAttempts(true);
      }
      boolean again = true;
      for (Work<?> work : batch.allWorks()) {
        again &= !work.maybeDone;
        work.maybeDone = true;
      }
      if (again) {
        examine(batch, true);
        return;
      }
    } else if (why.effect() == TRANSIENT) {
      examine(batch, false);
      return;
    }
    giveUp(batch, String.valueOf(why.getMessage()));
  }

  private void giveUp(Batch batch, String detail) {
    List<Work<?>> ends = new ArrayList<>();
    synchronized (lock) {
      for (Batch.Home home : batch.homes) {
        Set<DeviceId> stopped = new HashSet<>(0);
        for (Batch.Taken taken : home.works()) {
          fail(taken.work(), Code.UNAVAILABLE, detail, stopped, ends);
        }
        refuseFollowers(home.stream, stopped, ends);
      }
      unload(batch);
      release(batch);
    }
    finish(ends);
    pump();
  }

  private void unload(Batch batch) {
    batch.streams.forEach(Stream::unload);
    batch.allWorks().forEach(this::forgetDevices);
  }

  /** Refused data: the batch is written in halves, until the one bad work is alone. */
  private void refused(Batch batch, String detail) {
    List<Work<?>> ends = new ArrayList<>();
    synchronized (lock) {
      for (Batch.Home home : batch.homes) {
        List<Work<?>> again = new ArrayList<>();
        for (Batch.Taken taken : home.works()) {
          Work<?> work = taken.work();
          if (batch.works == 1) {
            end(work, Result.refused(Code.NOT_STORABLE, detail), ends);
          } else {
            work.maxBatch = Math.max(1, batch.works / 2);
            again.add(work);
          }
        }
        putBack(home.stream, again);
      }
      release(batch);
    }
    finish(ends);
    pump();
  }

  // ---- after a conflict ------------------------------------------------------------------------

  /** Finds out which works of a batch are done, before the others are planned anew. */
  private void examine(Batch batch, boolean unknown) {
    List<DedupKey> keys = new ArrayList<>();
    for (Work<?> work : batch.allWorks()) {
      DedupKey key = work.dedupKey();
      if (key != null) {
        keys.add(key);
      }
    }
    if (keys.isEmpty()) {
      examined(batch, unknown, Map.of(), null);
      return;
    }
    Ends.when(
        store.call(Kind.READ, "dedups", from -> from.dedups(keys)),
        (found, failure) -> guarded(batch, () -> examined(batch, unknown, found, failure)));
  }

  private void examined(
      Batch batch,
      boolean unknown,
      @Nullable Map<DedupKey, DedupRow> found,
      @Nullable Throwable failure) {
    if (found == null) {
      giveUp(batch, String.valueOf(StoreAccess.cause(failure).getMessage()));
      return;
    }
    List<Work<?>> ends = new ArrayList<>();
    boolean fight = false;
    synchronized (lock) {
      long now = resources.clock().millis();
      // Without the works that are done the batch may pass: that was no lost fight.
      boolean repeats = found.values().stream().anyMatch(row -> row.expiresAtMillis() > now);
      for (Batch.Home home : batch.homes) {
        List<Work<?>> again = new ArrayList<>(home.count());
        Set<DeviceId> stopped = new HashSet<>(0);
        for (Batch.Taken taken : home.works()) {
          Work<?> work = taken.work();
          DedupKey key = work.dedupKey();
          DedupRow row = key == null ? null : found.get(key);
          if (row != null && row.expiresAtMillis() > now) {
            end(work, ((MessageWork) work).remembered(row), ends);
          } else if (stopped.contains(work.sender())
              || (!repeats && ++work.attempts >= MOST_ATTEMPTS)) {
            String detail = "gave way to other nodes " + work.attempts + " times";
            fail(work, Code.UNAVAILABLE, detail, stopped, ends);
          } else {
            if (row != null) {
              ((MessageWork) work).replacesExpired = true;
            }
            again.add(work);
          }
        }
        refuseFollowers(home.stream, stopped, ends);
        putBack(home.stream, again);
        if (!unknown && !repeats) {
          fight |= ++home.stream.contention >= 2;
        }
      }
      if (unknown || !repeats) {
        unload(batch);
      }
      if (fight) {
        // Not every store says that it was a head that was moved.
        if (!batch.locked && store.locking()) {
          contention.met();
        }
        batch.homes.forEach(home -> delay(home.stream));
      }
      release(batch);
    }
    finish(ends);
    pump();
  }

  /** Nodes that meet again and again do better not to come back at the same moment. */
  private void delay(Stream home) {
    if (home.contention == 0 || home.queue.isEmpty() || home.place != Stream.Place.NOWHERE) {
      return;
    }
    home.place = Stream.Place.DELAYED;
    Duration pause = Duration.ofMillis(1 + resources.random().nextInt(5 * home.contention));
    resources
        .timers()
        .schedule(
            pause,
            () -> {
              synchronized (lock) {
                if (home.place == Stream.Place.DELAYED) {
                  home.place = Stream.Place.NOWHERE;
                  enqueue(home);
                }
              }
              pump();
            });
  }

  // ---- ends ------------------------------------------------------------------------------------

  private static void putBack(Stream home, List<Work<?>> works) {
    for (int i = works.size() - 1; i >= 0; i--) {
      home.queue.addFirst(works.get(i));
    }
  }

  /** Gives a batch's streams back, and lets those in that waited for them. */
  private void release(Batch batch) {
    batch.released = true;
    commits--;
    for (Stream stream : batch.streams) {
      stream.owner = null;
    }
    for (Stream stream : batch.streams) {
      unblock(stream);
      enqueue(stream);
    }
    if (closing) {
      lock.notifyAll();
    }
  }

  private void end(Work<?> work, Result<?> result, List<Work<?>> ends) {
    forget(work);
    tally.count(result);
    work.decide(result);
    ends.add(work);
  }

  /** Ends a work for a passing reason; what its sender submitted after it must not overtake it. */
  private void fail(
      Work<?> work, Code code, String detail, Set<DeviceId> stopped, List<Work<?>> ends) {
    DeviceId sender = work.sender();
    Code told = sender != null && stopped.contains(sender) ? Code.PREDECESSOR_REFUSED : code;
    end(work, Result.refused(work.maybeDone ? Code.OUTCOME_UNKNOWN : told, detail), ends);
    Lane lane = work.lane();
    if (lane != null) {
      lane.breakOff();
    }
    if (sender != null) {
      stopped.add(sender);
    }
  }

  /** Ends what senders who were stopped have in the queue. */
  private void refuseFollowers(Stream home, Set<DeviceId> stopped, List<Work<?>> ends) {
    if (stopped.isEmpty() || home.queue.isEmpty()) {
      return;
    }
    List<Work<?>> kept = new ArrayList<>(home.queue.size());
    for (Work<?> work : home.queue) {
      if (stopped.contains(work.sender())) {
        fail(work, Code.PREDECESSOR_REFUSED, "an earlier message was refused", stopped, ends);
      } else {
        kept.add(work);
      }
    }
    home.queue.clear();
    home.queue.addAll(kept);
  }

  private void forget(Work<?> work) {
    if (aborted || work.ended) {
      return;
    }
    work.ended = true;
    for (int i = 0; i < work.extras.size(); i++) {
      work.extras.get(i).pins--;
    }
    work.home.pins--;
    queuedWorks--;
    queuedBytes -= work.bytes;
  }

  /** Completes results where the host's code may run. One task for all of them. */
  private void finish(List<Work<?>> ends) {
    if (!ends.isEmpty()) {
      resources.callbacks().execute(() -> ends.forEach(Work::tell));
    }
  }

  // ---- closing ---------------------------------------------------------------------------------

  /**
   * Takes no more work, and waits until what there is was written.
   *
   * @return whether it all was; who closes again hears the same
   */
  boolean close(Duration deadline) {
    long end = resources.nanoTime().getAsLong() + deadline.toNanos();
    List<Work<?>> ends = new ArrayList<>();
    boolean all;
    synchronized (lock) {
      closing = true;
      awaitDrained(end);
      if (!aborted) {
        drained = queuedWorks == 0;
        aborted = true;
        abort(ends);
      }
      all = drained;
    }
    finish(ends);
    return all;
  }

  private void awaitDrained(long end) {
    try {
      long left = end - resources.nanoTime().getAsLong();
      while (queuedWorks > 0 && left > 0 && store.isUp()) {
        lock.wait(Math.max(1, Math.min(LONGEST_WAIT_MILLIS, left / 1_000_000)));
        left = end - resources.nanoTime().getAsLong();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends whatever is left. What is being written may yet be written. */
  private void abort(List<Work<?>> ends) {
    Map<Work<?>, Boolean> left = new LinkedHashMap<>();
    streams.forEach(
        stream -> {
          stream.queue.forEach(work -> left.put(work, work.maybeDone));
          Batch owner = stream.owner;
          if (owner != null) {
            owner.allWorks().forEach(work -> left.put(work, true));
          }
        });
    left.forEach(
        (work, maybeDone) -> {
          Code code = maybeDone ? Code.OUTCOME_UNKNOWN : Code.CLOSED;
          work.decide(Result.refused(code, "this node is closing"));
          ends.add(work);
        });
    queuedWorks = 0;
    queuedBytes = 0;
  }
}
