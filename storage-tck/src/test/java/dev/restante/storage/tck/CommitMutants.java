package dev.restante.storage.tck;

import static dev.restante.storage.tck.NaiveStore.only;
import static dev.restante.storage.tck.NaiveStore.pause;
import static dev.restante.storage.tck.NaiveStore.without;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.Guard;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogAppend;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.tck.NaiveStore.Data;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Breaks commits (C), guards (G), batches (B) and locked commits (K). */
final class CommitMutants {
  private CommitMutants() {}

  static Stream<Mutant> all() {
    return Stream.of(commits(), guards(), batches(), locked()).flatMap(group -> group);
  }

  private static Stream<Mutant> commits() {
    return Stream.of(
        new Mutant(
            "C1",
            "keeps the records of a commit that is a conflict",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    CommitOutcome outcome = super.commit(commit);
                    if (outcome instanceof Conflict) {
                      commit.records().forEach(this::put);
                    }
                    return outcome;
                  }
                }),
        new Mutant(
            "C2",
            "keeps what fits of a refused commit",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    CommitOutcome outcome = super.commit(commit);
                    if (outcome instanceof Refused) {
                      commit.inboxes().forEach(this::append);
                    }
                    return outcome;
                  }
                }),
        new Mutant(
            "C3",
            "writes a commit in two steps",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    super.commit(only(commit, List.of(), commit.inboxes()));
                    pause();
                    return super.commit(
                        new Commit(
                            commit.nowMillis(),
                            false,
                            commit.logs(),
                            List.of(),
                            commit.dedups(),
                            commit.records(),
                            List.of()));
                  }
                }),
        new Mutant(
            "C4",
            "answers heads from a cache of the handle",
            data ->
                new NaiveStore(data) {
                  private final Map<List<StreamKey>, List<StreamHead>> cache = new HashMap<>();

                  @Override
                  public List<StreamHead> heads(List<StreamKey> streams) {
                    return cache.computeIfAbsent(streams, super::heads);
                  }
                }),
        new Mutant(
            "C5",
            "writes nothing where there is no append",
            data ->
                new NaiveStore(data) {
                  @Override
                  void apply(Commit commit) {
                    if (!commit.logs().isEmpty() || !commit.inboxes().isEmpty()) {
                      super.apply(commit);
                    }
                  }
                }),
        new Mutant(
            "C6",
            "locks streams in the order of the commit",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    List<StreamKey> logs = commit.logs().stream().map(LogAppend::log).toList();
                    return inOrder(data, logs, () -> super.commit(commit));
                  }
                }));
  }

  private static Stream<Mutant> guards() {
    return Stream.of(
        new Mutant(
            "G1",
            "ignores guards",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean guardConflict(Guard guard) {
                    return false;
                  }
                }),
        new Mutant(
            "G2",
            "checks guards and then writes",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    synchronized (data) {
                      if (commit.guards().stream().anyMatch(this::guardConflict)) {
                        return new Conflict(Cause.RECORD);
                      }
                    }
                    if (!commit.guards().isEmpty()) {
                      pause();
                    }
                    return super.commit(without(commit, List.of(), List.of(), commit.guards()));
                  }
                }));
  }

  private static Stream<Mutant> batches() {
    return Stream.of(
        new Mutant(
            "B1",
            "drops what is beyond the first hundred",
            data ->
                new NaiveStore(data) {
                  @Override
                  void apply(Commit commit) {
                    commit.logs().stream().limit(100).forEach(this::append);
                    commit.inboxes().stream().limit(100).forEach(this::append);
                    commit.dedups().stream().limit(100).forEach(this::remember);
                    commit.records().stream().limit(100).forEach(this::put);
                  }
                }),
        new Mutant(
            "B2",
            "leaves out the stream in conflict and writes the others",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    List<LogAppend> fitting = new ArrayList<>(commit.logs());
                    fitting.removeIf(this::logConflict);
                    super.commit(only(commit, fitting, commit.inboxes()));
                    return fitting.size() == commit.logs().size()
                        ? CommitOutcome.COMMITTED
                        : new Conflict(Cause.HEAD);
                  }
                }),
        new Mutant(
            "B3",
            "looks up ten thousand streams at most",
            data ->
                new NaiveStore(data) {
                  @Override
                  public List<StreamHead> heads(List<StreamKey> streams) {
                    return super.heads(streams.subList(0, Math.min(10_000, streams.size())));
                  }
                }),
        new Mutant(
            "B4",
            "groups a batch by name and forgets the tenant",
            data ->
                new NaiveStore(data) {
                  @Override
                  void apply(Commit commit) {
                    Map<String, LogAppend> byName = new LinkedHashMap<>();
                    commit.logs().forEach(append -> byName.put(append.log().name(), append));
                    super.apply(
                        new Commit(
                            commit.nowMillis(),
                            commit.exclusive(),
                            List.copyOf(byName.values()),
                            commit.inboxes(),
                            commit.dedups(),
                            commit.records(),
                            commit.guards()));
                  }
                }),
        new Mutant(
            "B5",
            "writes the first row of each append",
            data ->
                new NaiveStore(data) {
                  @Override
                  void append(LogAppend append) {
                    super.append(
                        new LogAppend(
                            append.log(),
                            append.expectedHead(),
                            append.verify(),
                            append.rows().subList(0, 1)));
                  }
                }));
  }

  private static Stream<Mutant> locked() {
    return Stream.of(
        new Mutant(
            "K1",
            "leaves out the streams that it does not know",
            data ->
                new NaiveStore(data) {
                  @Override
                  Map<StreamKey, StreamHead> headsFor(List<StreamKey> streams) {
                    Map<StreamKey, StreamHead> heads = super.headsFor(streams);
                    heads.values().removeIf(StreamHead.EMPTY::equals);
                    return heads;
                  }
                }),
        new Mutant(
            "K2",
            "calls a plan that gave up committed",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
                    super.commitLocked(streams, plan);
                    return CommitOutcome.COMMITTED;
                  }
                }),
        new Mutant(
            "K3",
            "does not lock",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
                    Optional<Commit> commit = plan.plan(headsFor(streams));
                    pause();
                    return commit.map(this::commit).orElse(new Conflict(Cause.UNSPECIFIED));
                  }
                }),
        new Mutant(
            "K4",
            "trusts its lock against writers that do not take it",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
                    synchronized (data.locks) {
                      Optional<Commit> commit = plan.plan(headsFor(streams));
                      pause();
                      synchronized (data) {
                        commit.ifPresent(this::apply);
                      }
                      return CommitOutcome.COMMITTED;
                    }
                  }
                }),
        new Mutant(
            "K5",
            "declares no locking and calls everything a conflict",
            data ->
                new NaiveStore(data) {
                  @Override
                  public StoreInfo info() {
                    StoreInfo info = super.info();
                    return new StoreInfo(
                        info.name(),
                        info.durability(),
                        info.shared(),
                        false,
                        info.moving(),
                        info.maxPayloadBytes(),
                        info.maxCommitRows());
                  }

                  @Override
                  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
                    return new Conflict(Cause.UNSPECIFIED);
                  }
                }),
        new Mutant(
            "K6",
            "keeps its lock when the plan fails",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
                    if (data.disturbed) {
                      throw new StoreException(Effect.UNAVAILABLE, "still locked", null);
                    }
                    data.disturbed = true;
                    CommitOutcome outcome = super.commitLocked(streams, plan);
                    data.disturbed = false;
                    return outcome;
                  }
                }),
        new Mutant(
            "K7",
            "writes what the plan returns without a look",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
                    synchronized (data) {
                      plan.plan(headsFor(streams)).ifPresent(this::apply);
                      return CommitOutcome.COMMITTED;
                    }
                  }
                }),
        new Mutant(
            "K8",
            "locks streams in the order given",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
                    return inOrder(data, streams, () -> super.commitLocked(streams, plan));
                  }
                }));
  }

  /** Locks one stream after the other, and gives up where two writers wait for each other. */
  private static CommitOutcome inOrder(
      Data data, List<StreamKey> streams, Supplier<CommitOutcome> work) {
    List<ReentrantLock> held = new ArrayList<>();
    try {
      for (StreamKey stream : streams) {
        ReentrantLock lock = data.locks.computeIfAbsent(stream, any -> new ReentrantLock());
        if (!lock.tryLock(200, TimeUnit.MILLISECONDS)) {
          throw new StoreException(Effect.FAULT, "deadlock", null);
        }
        held.add(lock);
        pause();
      }
      return work.get();
    } catch (InterruptedException e) {
      throw new StoreException(Effect.FAULT, "interrupted", e);
    } finally {
      held.forEach(ReentrantLock::unlock);
    }
  }
}
