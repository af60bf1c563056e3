package dev.restante.storage.cells;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Commits across cells, and everything that meets one under way.
 *
 * <p>A transaction goes: record, pending (1); an intent in each cell that it changes, in the cells'
 * order, and a look at each guard (2); the record from pending to committed (3); the cells from
 * intent to content (4); the record removed (5). Only its owner takes step 3, and only when all of
 * step 2 was done. Anybody may change a pending record to aborted, which makes step 3 fail, and
 * anybody may do 4 and 5 once it is decided. So whatever stops wherever, what it left is read off
 * the record:
 *
 * <ul>
 *   <li>A reader goes by the record: committed is finished first and read then, anything else is
 *       not so.
 *   <li>A writer needs the cell: it finishes what is decided, waits a while for what is pending,
 *       and aborts it then. The wait is a courtesy; that the record was still pending decides.
 *   <li>No record, and the intent is still there afterwards: a step of an owner that was given up
 *       came late. Nobody can commit it any more.
 * </ul>
 *
 * <p>A record goes only when no cell holds an intent of a committed transaction any more; that is
 * what makes the last line true.
 */
final class Transactions {
  /** How often a pending transaction is looked at before it is aborted. */
  static final int PATIENCE = 20;

  /**
   * How often one that looked at a guard before is looked at before it is ended. Fewer, since it
   * may be waiting for a cell of whoever looks.
   */
  private static final int COURTESY = 6;

  /** How often a commit that others ended is begun again. */
  static final int ENDINGS = 3;

  /**
   * As how many pauses it counts to begin again: all cells are given back, and taken once more. And
   * to look and plan again.
   */
  private static final int BEGINNING = 5;

  private static final int PLANNING = 2;

  /** How often others may come first in one look: they cannot all be so much faster. */
  static final int ATTEMPTS = 256;

  /** How many transactions one repair looks at; the next one sees the others. */
  private static final int REPAIRED_AT_ONCE = 1000;

  private final CellEngine engine;

  Transactions(CellEngine engine) {
    this.engine = engine;
  }

  // ---- the owner -------------------------------------------------------------------------------

  /**
   * What one commit may still wait for others. Every pause counts, every other who is found in its
   * way, and more than that to begin again, which is many steps: so all of it takes about the time
   * of one call at most. For one thread.
   */
  final class Waits {
    private int left = Pauses.IN_A_CALL;

    private Waits() {}

    private void spend(int pauses) {
      left -= pauses;
      if (left < 0) {
        throw new StoreException(
            Effect.TRANSIENT,
            "Others came first, or were waited for, too often for one call",
            null);
      }
    }

    private void begin() {
      spend(BEGINNING);
    }

    /** Others came first: all is looked at and planned again. */
    void plan() {
      spend(PLANNING);
    }

    private void pause(int nth) {
      spend(1);
      engine.pause(nth);
    }
  }

  /** For one commit. */
  Waits waits() {
    return new Waits();
  }

  /** A commit of one cell is one step, and needs no record. */
  CommitOutcome alone(Part part, Waits waits) {
    while (true) {
      Step step = engine.apply(part);
      if (step instanceof Step.Blocked blocked) {
        waits.spend(1);
        clear(blocked.met(), waits);
      } else {
        return outcome(step);
      }
    }
  }

  CommitOutcome across(List<Part> parts, Waits waits) {
    int ended = 0;
    int deferred = 0;
    while (true) {
      String transaction = engine.newTransaction();
      Optional<Step> step = across(transaction, parts, waits);
      if (step.isEmpty()) {
        if (++ended > ENDINGS) {
          throw new StoreException(
              Effect.TRANSIENT, "Other calls ended this commit %d times".formatted(ended), null);
        }
      } else if (step.get() instanceof Step.Blocked blocked) {
        if (defers(transaction, parts, blocked)) {
          waits.pause(deferred++);
        }
        clear(blocked.met(), waits);
      } else {
        return outcome(step.get());
      }
      waits.begin();
    }
  }

  /**
   * Two who change what the other is guarded on may meet each other's intents there, give all back
   * at once, find that the other has, too, and meet again. So one of them stays behind, longer with
   * every time.
   */
  private static boolean defers(String transaction, List<Part> parts, Step.Blocked blocked) {
    return blocked.index() < parts.size()
        && parts.get(blocked.index()).guardsAlone()
        && blocked.met().transaction().compareTo(transaction) < 0;
  }

  /**
   * Under one name.
   *
   * @return nothing if somebody else ended it; {@link Step.Blocked} if the first cell could not be
   *     taken, if a guard met who changes its record, or if it gives way to another. The name is
   *     used up then: whoever found its record may have ended it, and may be about to do so again.
   *     If the record were made once more, that would undo what is committed under it.
   */
  private Optional<Step> across(String transaction, List<Part> parts, Waits waits) {
    List<Cell> cells = changed(parts);
    Step prepared;
    try {
      prepared = prepare(transaction, parts, waits);
      if (prepared instanceof Step.Done && parts.get(0).commit().exclusive()) {
        prepared = outlastGuards(transaction, parts, waits);
      }
    } catch (StoreException e) {
      giveUp(transaction, cells);
      throw nothingWritten(e);
    }
    if (prepared instanceof Step.Blocked blocked
        && blocked.index() == 0
        && !parts.get(0).guardsAlone()) {
      giveUp(transaction, List.of());
    } else if (!(prepared instanceof Step.Done)) {
      giveUp(transaction, cells);
    } else if (commits(transaction, cells)) {
      finish(transaction, true, cells);
    } else {
      return Optional.empty();
    }
    return Optional.of(prepared);
  }

  private static List<Cell> changed(List<Part> parts) {
    return parts.stream().filter(part -> !part.guardsAlone()).map(Part::cell).toList();
  }

  /**
   * Whoever waits here holds cells, so he waits for a cell and not for whoever has it: that one may
   * have given it back long ago, and be waiting himself for a cell that is held here.
   *
   * <p>A guard never waits here. Who changes its record waits for those who have looked at it
   * before, and could be waiting for this one.
   */
  private Step prepare(String transaction, List<Part> parts, Waits waits) {
    Turn turn = new Turn(waits);
    int from = 0;
    int until = parts.size();
    while (true) {
      Step step = engine.prepare(transaction, parts, from, until);
      if (step instanceof Step.Blocked blocked) {
        if (blocked.index() == 0 || parts.get(blocked.index()).guardsAlone()) {
          return step;
        }
        turn.await(blocked.met(), parts.subList(blocked.index(), parts.size()));
        from = blocked.index();
        until = from + 1;
      } else if (step instanceof Step.Done && until < parts.size()) {
        from = until;
        until = parts.size();
      } else {
        return step;
      }
    }
  }

  /** Waits for cells in the course of one commit. */
  private final class Turn {
    private final Waits waits;
    private int looks;
    private @Nullable Met last;
    private @Nullable String settled;

    Turn(Waits waits) {
      this.waits = waits;
    }

    /**
     * Returns when it is time to try again to take the cell. Whoever is met a second time, in
     * another cell, may be in many of them: a large commit that was given up, or died. So he is
     * settled wherever he may be met.
     *
     * @param rest the cell and those behind it
     */
    void await(Met met, List<Part> rest) {
      if (!met.equals(last)) {
        last = met;
        looks = 0;
      }
      Decision decision = met.committed() ? Decision.COMMITTED : decisionOf(met.transaction());
      if (decision == Decision.PENDING && looks < PATIENCE) {
        waits.pause(looks++);
        return;
      }
      waits.spend(1);
      decision =
          decision == Decision.PENDING
              ? engine.decide(met.transaction(), Decision.ABORTED)
              : decision;
      if (met.transaction().equals(settled)) {
        engine.settle(met.transaction(), decision == Decision.COMMITTED, changed(rest));
      } else {
        settleMet(met, decision);
        settled = met.transaction();
      }
    }
  }

  /**
   * Guards leave nothing in cells. So who changes what others may be guarded on looks for their
   * records, when all his cells are taken: who looked at a guard before that has a record, and is
   * waited for a moment and ended then; who looks later meets the intent.
   *
   * <p>Two exclusive commits may each be guarded on what the other changes, and more of them in a
   * ring. So one of these whose name comes earlier is not ended: this one gives way to him, gives
   * all back, and waits for him as anybody would. The earliest of them gives way to none, and none
   * gives way to the others, of whom there may always be more.
   *
   * @return {@link Step.Blocked}, behind all cells, if this one gives way
   */
  private Step outlastGuards(String transaction, List<Part> parts, Waits waits) {
    Set<RecordKey> changed = new HashSet<>();
    parts.forEach(part -> part.commit().records().forEach(write -> changed.add(write.key())));
    Set<String> guards = new TreeSet<>();
    Set<String> exclusive = new HashSet<>();
    for (Unfinished each : engine.unfinished(Integer.MAX_VALUE)) {
      if (!each.transaction().equals(transaction)
          && each.guarded().stream().anyMatch(changed::contains)) {
        guards.add(each.transaction());
        if (each.exclusive()) {
          exclusive.add(each.transaction());
        }
      }
    }
    for (int nth = 0; nth < COURTESY && !guards.isEmpty(); nth++) {
      Map<String, Decision> decisions = engine.decisions(guards);
      guards.removeIf(each -> decisions.get(each) != Decision.PENDING);
      if (!guards.isEmpty()) {
        waits.pause(nth);
      }
    }
    for (String each : guards) {
      if (exclusive.contains(each) && each.compareTo(transaction) < 0) {
        return new Step.Blocked(parts.size(), new Met(parts.get(0).cell(), each, false));
      }
    }
    if (!guards.isEmpty()) {
      waits.spend(1);
      engine.abort(guards);
    }
    return Step.DONE;
  }

  /**
   * Whether the transaction is committed, or else ended by somebody; throws if it is neither, or
   * nobody knows.
   */
  private boolean commits(String transaction, List<Cell> cells) {
    Decision decision;
    try {
      decision = engine.decide(transaction, Decision.COMMITTED);
    } catch (StoreException e) {
      // Whatever the engine makes of its failure: intents go only when the record says that they
      // may.
      if (settleDoubt(transaction, e) != Decision.COMMITTED) {
        giveUp(transaction, cells);
        throw nothingWritten(e);
      }
      return true;
    }
    if (decision != Decision.COMMITTED) {
      giveUp(transaction, cells);
      return false;
    }
    return true;
  }

  /** The step may land later still. Aborting either shows that it has, or keeps it from landing. */
  private Decision settleDoubt(String transaction, StoreException doubt) {
    Decision decision;
    try {
      decision = engine.decide(transaction, Decision.ABORTED);
    } catch (StoreException e) {
      doubt.addSuppressed(e);
      throw doubt;
    }
    if (decision == Decision.GONE) {
      // Somebody finished it, one way or the other.
      throw new StoreException(Effect.UNKNOWN, String.valueOf(doubt.getMessage()), doubt);
    }
    return decision;
  }

  /** Only the owner commits, and it will not: whatever is left counts for nothing. */
  private void giveUp(String transaction, List<Cell> cells) {
    finish(transaction, false, cells);
  }

  /** What is decided stays so; what fails here is done by whoever meets it, or by a repair. */
  private void finish(String transaction, boolean committed, List<Cell> cells) {
    try {
      conclude(transaction, committed, cells);
    } catch (StoreException e) {
      // The outcome is told already, and does not depend on this.
    }
  }

  /**
   * What is committed has to be content before its record goes. Of what is not, the record goes in
   * any case: nobody can commit it any more, so an intent that stays somewhere counts for nothing,
   * with a record or without. If such records stayed, there would be one more with every commit
   * that wants a cell that is out of reach.
   */
  private void conclude(String transaction, boolean committed, List<Cell> cells) {
    try {
      if (!cells.isEmpty()) {
        engine.settle(transaction, committed, cells);
      }
    } catch (StoreException e) {
      if (committed) {
        throw e;
      }
    }
    engine.forget(transaction);
  }

  private static CommitOutcome outcome(Step step) {
    return step instanceof Step.Ended ended ? ended.outcome() : CommitOutcome.COMMITTED;
  }

  private static StoreException nothingWritten(StoreException e) {
    return e.effect() == Effect.UNKNOWN
        ? new StoreException(Effect.TRANSIENT, "Not committed: " + e.getMessage(), e)
        : e;
  }

  static StoreException busy() {
    return new StoreException(
        Effect.TRANSIENT, "Others came first, %d times in a row".formatted(ATTEMPTS), null);
  }

  // ---- whoever meets one -----------------------------------------------------------------------

  /** Takes an intent out of the way, whatever becomes of its transaction. */
  void clear(Met met, Waits waits) {
    try {
      settleMet(met, met.committed() ? Decision.COMMITTED : decided(met.transaction(), waits));
    } catch (StoreException e) {
      throw nothingWritten(e);
    }
  }

  private void settleMet(Met met, Decision decision) {
    if (decision == Decision.PENDING) {
      throw busy();
    }
    engine.settle(met.transaction(), decision == Decision.COMMITTED, List.of(met.cell()));
  }

  private Decision decided(String transaction, Waits waits) {
    for (int nth = 0; nth < PATIENCE; nth++) {
      Decision decision = decisionOf(transaction);
      if (decision != Decision.PENDING) {
        return decision;
      }
      waits.pause(nth);
    }
    return engine.decide(transaction, Decision.ABORTED);
  }

  private Decision decisionOf(String transaction) {
    Decision decision = engine.decisions(List.of(transaction)).get(transaction);
    return decision == null ? Decision.GONE : decision;
  }

  /**
   * For a reader: whether a look stands, though it met intents. What is committed is finished, and
   * makes the look stale.
   *
   * @param gone intents that an earlier look met without a record; this one's are added
   */
  boolean stands(List<Met> met, Set<Met> gone) {
    if (met.isEmpty()) {
      return true;
    }
    Set<String> asked = new TreeSet<>();
    met.stream().filter(each -> !each.committed()).forEach(each -> asked.add(each.transaction()));
    Map<String, Decision> decisions = asked.isEmpty() ? Map.of() : engine.decisions(asked);
    Map<String, Set<Cell>> committed = new TreeMap<>();
    boolean stands = true;
    for (Met each : met) {
      Decision decision =
          each.committed()
              ? Decision.COMMITTED
              : decisions.getOrDefault(each.transaction(), Decision.GONE);
      if (decision == Decision.COMMITTED) {
        committed.computeIfAbsent(each.transaction(), any -> new TreeSet<>()).add(each.cell());
        stands = false;
      } else if (decision == Decision.GONE && gone.add(each)) {
        // It may have been finished between the look and the question: look again.
        stands = false;
      }
    }
    committed.forEach((transaction, cells) -> engine.settle(transaction, true, List.copyOf(cells)));
    return stands;
  }

  // ---- repair ----------------------------------------------------------------------------------

  /**
   * Finishes what nodes that stopped have left. Safe at any time, by any number at once; a
   * transaction under way gets as much time as a writer who waits for it would give.
   */
  void repair() {
    Map<String, List<Cell>> left = new LinkedHashMap<>();
    engine.unfinished(REPAIRED_AT_ONCE).forEach(each -> left.put(each.transaction(), each.cells()));
    Set<String> pending = new HashSet<>(left.keySet());
    List<StoreException> failures = new ArrayList<>();
    for (int nth = 0; nth < PATIENCE && !pending.isEmpty(); nth++) {
      retire(left, pending, failures);
      if (!pending.isEmpty()) {
        engine.pause(nth);
      }
    }
    try {
      if (!pending.isEmpty()) {
        engine.abort(pending);
      }
    } catch (StoreException e) {
      failures.add(e);
    }
    retire(left, pending, failures);
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }

  /** One that cannot be settled now, since a cell of it is out of reach, keeps no other from it. */
  private void retire(
      Map<String, List<Cell>> left, Collection<String> pending, List<StoreException> failures) {
    if (pending.isEmpty()) {
      return;
    }
    Map<String, Decision> decisions = engine.decisions(Set.copyOf(pending));
    decisions.forEach(
        (transaction, decision) -> {
          if (decision == Decision.PENDING) {
            return;
          }
          pending.remove(transaction);
          if (decision == Decision.GONE) {
            return;
          }
          try {
            conclude(
                transaction,
                decision == Decision.COMMITTED,
                left.getOrDefault(transaction, List.of()));
          } catch (StoreException e) {
            failures.add(e);
          }
        });
  }
}
