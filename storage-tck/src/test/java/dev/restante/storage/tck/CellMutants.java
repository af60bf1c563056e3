package dev.restante.storage.tck;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.Trim;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Seen;
import dev.restante.storage.cells.Step;
import dev.restante.storage.cells.Unfinished;
import dev.restante.storage.tck.MemoryCells.Form;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Engines that break one rule of the protocol each, and engines whose answers make the base break
 * one.
 */
final class CellMutants {
  /**
   * One of them.
   *
   * @param deed what it does wrong
   * @param making makes it
   */
  record Mutant(String deed, CellProof.Making making) {
    @Override
    public String toString() {
      return "one that " + deed;
    }
  }

  private CellMutants() {}

  static Stream<Mutant> all() {
    return Stream.of(
        new Mutant("decides what was decided already", DecidesAgain::new),
        new Mutant("decides what has no record any more", DecidesWhatIsGone::new),
        new Mutant("takes cells before the record is there", RecordsLast::new),
        new Mutant("takes a cell in one step and checks it in another", ChecksApart::new),
        new Mutant("looks at a guard and not at the intent beside it", TrustsTheContent::new),
        new Mutant("looks at no guard", LooksAtNoGuard::new),
        new Mutant("looks at guards before the record is there", LooksBefore::new),
        new Mutant("does not tell who is guarded on what", TellsNoGuards::new),
        new Mutant("takes a cell that is taken", TakesTheTaken::new),
        new Mutant("writes a single cell that is taken", WritesTheTaken::new),
        new Mutant("trims what is taken", TrimsTheTaken::new),
        new Mutant("settles the intent of somebody else", SettlesAnything::new),
        new Mutant("settles all but the last cell", SettlesNearlyAll::new),
        new Mutant("forgets before it has settled", ForgetsFirst::new),
        new Mutant("takes pending for committed", TrustsThePending::new),
        new Mutant("takes committed for pending", DoubtsTheCommitted::new),
        new Mutant("takes pending for aborted", GivesUpOnThePending::new),
        new Mutant("takes gone for committed", TrustsTheGone::new),
        new Mutant("calls harmless what may land later", CallsItHarmless::new),
        new Mutant("overlooks what was committed when it repairs", OverlooksTheCommitted::new),
        new Mutant("sees no intent when it looks", SeesNoIntent::new));
  }

  /**
   * What can be wrong only where cells are taken all at once; and that two exclusive commits end
   * each other, which elsewhere takes more switches than are tried, as guards are looked at later.
   */
  static Stream<Mutant> eager() {
    return Stream.of(
        new Mutant("takes exclusive commits for others", TellsNoneExclusive::new),
        new Mutant("keeps what it took behind a cell that is taken", KeepsWhatIsBehind::new),
        new Mutant("gives back what it took in front of a cell that is taken", GivesBackAll::new),
        new Mutant("overlooks a cell that is taken", OverlooksTheTaken::new));
  }

  private static final class DecidesAgain extends MemoryCells {
    DecidesAgain(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    Entry decided(Entry entry, Decision wanted) {
      return entry.with(wanted);
    }
  }

  private static final class DecidesWhatIsGone extends MemoryCells {
    DecidesWhatIsGone(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public Decision decide(String transaction, Decision wanted) {
      Decision so = super.decide(transaction, wanted);
      return so == Decision.GONE ? wanted : so;
    }
  }

  private static final class RecordsLast extends MemoryCells {
    RecordsLast(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public Step prepare(String transaction, List<Part> parts, int from, int until) {
      Step taken = takeAll(transaction, parts, from, until);
      begin(transaction, parts);
      return taken;
    }
  }

  private static final class ChecksApart extends MemoryCells {
    ChecksApart(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    Step take(String transaction, int index, Part part) {
      Step checked = step("check", false, () -> checked(index, part));
      if (checked instanceof Step.Done) {
        step("take", true, () -> leave(transaction, part));
      }
      return checked;
    }
  }

  private static final class TrustsTheContent extends MemoryCells {
    TrustsTheContent(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    boolean changesWhatIsGuarded(Intent intent, Part guarding) {
      return false;
    }
  }

  private static final class LooksAtNoGuard extends MemoryCells {
    LooksAtNoGuard(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    Step look(int index, Part part) {
      return Step.DONE;
    }
  }

  private static final class LooksBefore extends MemoryCells {
    LooksBefore(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public Step prepare(String transaction, List<Part> parts, int from, int until) {
      for (int i = from; i < until; i++) {
        Step looked = parts.get(i).guardsAlone() ? super.look(i, parts.get(i)) : Step.DONE;
        if (!(looked instanceof Step.Done)) {
          return looked;
        }
      }
      return super.prepare(transaction, parts, from, until);
    }

    @Override
    Step look(int index, Part part) {
      return Step.DONE;
    }
  }

  private static final class TellsNoGuards extends MemoryCells {
    TellsNoGuards(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public List<Unfinished> unfinished(int limit) {
      return super.unfinished(limit).stream()
          .map(
              each -> new Unfinished(each.transaction(), each.exclusive(), each.cells(), List.of()))
          .toList();
    }
  }

  private static final class TellsNoneExclusive extends MemoryCells {
    TellsNoneExclusive(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public List<Unfinished> unfinished(int limit) {
      return super.unfinished(limit).stream()
          .map(each -> new Unfinished(each.transaction(), false, each.cells(), each.guarded()))
          .toList();
    }
  }

  private static final class TakesTheTaken extends MemoryCells {
    TakesTheTaken(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    Step checked(int index, Part part) {
      return shared.content.problem(part.commit()).<Step>map(Step.Ended::new).orElse(Step.DONE);
    }
  }

  private static final class WritesTheTaken extends MemoryCells {
    WritesTheTaken(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public Step apply(Part part) {
      return step("apply", true, () -> write(part));
    }
  }

  private static final class TrimsTheTaken extends MemoryCells {
    TrimsTheTaken(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public Seen<Long> trim(Trim trim, int maxRows) {
      return step(
          "trim",
          true,
          () -> new Seen<>(shared.content.trim(trim.stream(), trim.through(), maxRows), List.of()));
    }
  }

  private static final class SettlesAnything extends MemoryCells {
    SettlesAnything(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    boolean isOf(String transaction, Intent intent) {
      return true;
    }
  }

  private static final class SettlesNearlyAll extends MemoryCells {
    SettlesNearlyAll(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public void settle(String transaction, boolean committed, List<Cell> cells) {
      super.settle(
          transaction, committed, cells.size() > 1 ? cells.subList(0, cells.size() - 1) : cells);
    }
  }

  private static final class ForgetsFirst extends MemoryCells {
    ForgetsFirst(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public void settle(String transaction, boolean committed, List<Cell> cells) {
      if (cells.size() > 1) {
        super.forget(transaction);
      }
      super.settle(transaction, committed, cells);
    }
  }

  /** Answers wrongly what became of transactions. */
  private abstract static class Lies extends MemoryCells {
    Lies(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    abstract Decision lie(Decision truth);

    @Override
    public Map<String, Decision> decisions(Collection<String> transactions) {
      Map<String, Decision> found = super.decisions(transactions);
      found.replaceAll((transaction, truth) -> lie(truth));
      return found;
    }
  }

  private static final class TrustsThePending extends Lies {
    TrustsThePending(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    Decision lie(Decision truth) {
      return truth == Decision.PENDING ? Decision.COMMITTED : truth;
    }
  }

  private static final class DoubtsTheCommitted extends Lies {
    DoubtsTheCommitted(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    Decision lie(Decision truth) {
      return truth == Decision.COMMITTED ? Decision.PENDING : truth;
    }
  }

  private static final class GivesUpOnThePending extends Lies {
    GivesUpOnThePending(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    Decision lie(Decision truth) {
      return truth == Decision.PENDING ? Decision.ABORTED : truth;
    }
  }

  private static final class TrustsTheGone extends Lies {
    TrustsTheGone(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    Decision lie(Decision truth) {
      return truth == Decision.GONE ? Decision.COMMITTED : truth;
    }
  }

  private static final class CallsItHarmless extends MemoryCells {
    CallsItHarmless(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    <T> T step(String name, boolean writes, Supplier<T> step) {
      try {
        return super.step(name, writes, step);
      } catch (StoreException e) {
        throw new StoreException(Effect.UNAVAILABLE, "it will be nothing", e);
      }
    }
  }

  private static final class OverlooksTheCommitted extends MemoryCells {
    OverlooksTheCommitted(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public List<Unfinished> unfinished(int limit) {
      List<Unfinished> found = new ArrayList<>(super.unfinished(limit));
      found.removeIf(each -> decision(each.transaction()) == Decision.COMMITTED);
      return found;
    }
  }

  private static final class SeesNoIntent extends MemoryCells {
    SeesNoIntent(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    void meet(Cell cell, List<dev.restante.storage.cells.Met> met) {
      // Looks away.
    }
  }

  private static final class KeepsWhatIsBehind extends MemoryCells {
    KeepsWhatIsBehind(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    void giveBack(String transaction, List<Part> parts) {
      // It has them.
    }
  }

  private static final class GivesBackAll extends MemoryCells {
    GivesBackAll(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    public Step prepare(String transaction, List<Part> parts, int from, int until) {
      Step prepared = super.prepare(transaction, parts, from, until);
      if (prepared instanceof Step.Blocked) {
        giveBack(transaction, parts.subList(from, until));
      }
      return prepared;
    }
  }

  private static final class OverlooksTheTaken extends MemoryCells {
    OverlooksTheTaken(Shared shared, Form form, Steps steps) {
      super(shared, form, steps);
    }

    @Override
    Step take(String transaction, int index, Part part) {
      Step taken = super.take(transaction, index, part);
      return index > 0 && taken instanceof Step.Blocked ? Step.DONE : taken;
    }
  }
}
