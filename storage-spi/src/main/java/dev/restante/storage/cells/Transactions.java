package dev.restante.storage.cells;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Commits across cells, and everything that meets one under way.
 *
 * <p>A transaction goes: record, pending (1); an intent in each cell, in the cells' order (2); the
 * record from pending to committed (3); the cells from intent to content (4); the record removed
 * (5). Only its owner takes step 3, and only when all of step 2 was done. Anybody may change a
 * pending record to aborted, which makes step 3 fail, and anybody may do 4 and 5 once it is
 * decided. So whatever stops wherever, what it left is read off the record:
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

  /** How often others may come first in one call: they cannot all be so much faster. */
  static final int ATTEMPTS = 256;

  /** How many transactions one repair looks at; the next one sees the others. */
  private static final int REPAIRED_AT_ONCE = 1000;

  private final CellEngine engine;

  Transactions(CellEngine engine) {
    this.engine = engine;
  }

  // ---- the owner -------------------------------------------------------------------------------

  /** A commit of one cell is one step, and needs no record. */
  CommitOutcome alone(Part part) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Step step = engine.apply(part);
      if (step instanceof Step.Blocked blocked) {
        clear(blocked.met());
      } else {
        return outcome(step);
      }
    }
    throw busy();
  }

  CommitOutcome across(List<Part> parts) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Step step = across(engine.newTransaction(), parts);
      if (step instanceof Step.Blocked blocked) {
        clear(blocked.met());
      } else {
        return outcome(step);
      }
    }
    throw busy();
  }

  /**
   * Under one name.
   *
   * @return {@link Step.Blocked} if not even the first cell could be taken. The name is used up
   *     then: whoever found its record may have ended it, and may be about to do so again. If the
   *     record were made once more, that would undo what is committed under it.
   */
  private Step across(String transaction, List<Part> parts) {
    List<Cell> cells = parts.stream().map(Part::cell).toList();
    Step prepared;
    try {
      prepared = prepare(transaction, parts);
    } catch (StoreException e) {
      giveUp(transaction, cells);
      throw nothingWritten(e);
    }
    if (prepared instanceof Step.Blocked) {
      giveUp(transaction, List.of());
    } else if (prepared instanceof Step.Ended) {
      giveUp(transaction, cells);
    } else {
      commit(transaction, cells);
      finish(transaction, true, cells);
    }
    return prepared;
  }

  private Step prepare(String transaction, List<Part> parts) {
    int from = 0;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Step step = engine.prepare(transaction, parts, from);
      if (!(step instanceof Step.Blocked blocked) || blocked.index() == 0) {
        return step;
      }
      clear(blocked.met());
      from = blocked.index();
    }
    throw busy();
  }

  /** Returns if the transaction is committed, and throws if it is not, or nobody knows. */
  private void commit(String transaction, List<Cell> cells) {
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
      return;
    }
    if (decision != Decision.COMMITTED) {
      giveUp(transaction, cells);
      throw new StoreException(
          Effect.TRANSIENT, "Another call waited too long for this commit, and ended it", null);
    }
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
      if (!cells.isEmpty()) {
        engine.settle(transaction, committed, cells);
      }
      engine.forget(transaction);
    } catch (StoreException e) {
      // The outcome is told already, and does not depend on this.
    }
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

  /** For a writer: takes an intent out of the way, whatever becomes of its transaction. */
  void clear(Met met) {
    try {
      Decision decision = met.committed() ? Decision.COMMITTED : decided(met.transaction());
      if (decision == Decision.PENDING) {
        throw busy();
      }
      engine.settle(met.transaction(), decision == Decision.COMMITTED, List.of(met.cell()));
    } catch (StoreException e) {
      throw nothingWritten(e);
    }
  }

  private Decision decided(String transaction) {
    for (int nth = 0; nth < PATIENCE; nth++) {
      Decision decision = decisionOf(transaction);
      if (decision != Decision.PENDING) {
        return decision;
      }
      engine.pause(nth);
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
    for (int nth = 0; nth < PATIENCE && !pending.isEmpty(); nth++) {
      retire(left, pending);
      if (!pending.isEmpty()) {
        engine.pause(nth);
      }
    }
    pending.forEach(transaction -> engine.decide(transaction, Decision.ABORTED));
    retire(left, pending);
  }

  private void retire(Map<String, List<Cell>> left, Collection<String> pending) {
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
          if (decision != Decision.GONE) {
            boolean committed = decision == Decision.COMMITTED;
            engine.settle(transaction, committed, left.getOrDefault(transaction, List.of()));
            engine.forget(transaction);
          }
        });
  }
}
