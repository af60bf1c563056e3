package dev.restante.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Store;
import dev.restante.storage.memory.MemoryStorage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The simulator bites: each hazard, brought back, is caught by some story. */
@Tag("O3")
class MutantsTest {
  private static final int STORIES = 300;
  private static final int THREADS = 2;
  private static final Simulation GOOD = Simulation.of(MemoryStorage::create);

  /** Whether a story ends well on the good store, told once for all mutants. */
  private final Map<Long, Boolean> endsWell = new ConcurrentHashMap<>();

  @Test
  void everyHazardIsCaught() throws InterruptedException, ExecutionException {
    Map<String, Future<String>> found = new LinkedHashMap<>();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      mutants().forEach((name, mutant) -> found.put(name, threads.submit(() -> look(mutant))));
      System.out.printf("%n%-56s%6s  %s%n", "mutant", "seed", "violated");
      List<String> escaped = new ArrayList<>();
      for (Map.Entry<String, Future<String>> each : found.entrySet()) {
        String caught = each.getValue().get();
        System.out.printf("%-56s%s%n", each.getKey(), caught.isEmpty() ? "     -" : caught);
        if (caught.isEmpty()) {
          escaped.add(each.getKey());
        }
      }
      assertThat(escaped).as("mutants that no story caught").isEmpty();
    } finally {
      threads.shutdownNow();
    }
  }

  /** A hazard, and which stories it can show in. */
  private record Hazard(Simulation simulation, Predicate<StoryPlan> shows) {}

  private static Map<String, Hazard> mutants() {
    Map<String, Hazard> all = new LinkedHashMap<>();
    store(all, "floor forgotten: numbers used twice", Mutant::floorForgotten);
    store(all, "verify ignored", Mutant::verifyIgnored, Fault.LOST_WRITES);
    store(all, "dedup forgotten", Mutant::dedupForgotten);
    store(all, "dedup expires early", Mutant::dedupExpiresEarly);
    store(all, "dedup answers with another number", Mutant::dedupWithAnotherNumber);
    store(all, "compaction removes rows that others need", Mutant::compactsReferences);
    store(all, "guards ignored", Mutant::guardsIgnored);
    store(all, "versions of records ignored", Mutant::versionsIgnored);
    store(all, "compare-and-max is a set", Mutant::maxReplacedBySet, Fault.LANDS_LATER);
    store(all, "half a commit", Mutant::halfACommit);
    store(all, "inbox read hides a row", Mutant::rowHidden);
    store(all, "scannedTo beyond what was read", Mutant::scannedTooFar);
    store(all, "log read forgets that more follows", Mutant::moreForgotten);
    store(all, "trims more than was acknowledged", Mutant::trimsTooMuch);
    store(all, "floor not told to a reader below it", Mutant::floorNotTold);
    store(all, "unknown outcome called unavailable", Mutant::unknownCalledUnavailable);
    store(all, "commit said to be done, but not written", Mutant::writesBehind);
    store(all, "server time goes back", Mutant::timesGoBack);
    engine(all, "heads kept across errors", Mutant::headsRemembered, Fault.LOST_WRITES);
    engine(all, "re-plan without looking for dedup", Mutant::replansWithoutLooking);
    engine(all, "renumbering changes the order", Mutant::renumbersInAnotherOrder);
    engine(all, "inbox in two uncommitted batches", Mutant::notExclusive);
    engine(all, "acknowledged before durable", Mutant::acknowledgedBeforeDurable);
    engine(all, "session takes an entry not the next", Mutant::nextTakenWithoutLooking);
    engine(all, "predecessor not verified", Mutant::verifyIgnored, Fault.LOST_WRITES);
    engine(all, "membership not guarded", Mutant::guardsIgnored);
    return all;
  }

  private static void store(
      Map<String, Hazard> all, String name, UnaryOperator<Store> wrap, Fault... needed) {
    Simulation simulation = Simulation.of(() -> Mutant.storage(MemoryStorage.create(), wrap));
    all.put("store: " + name, new Hazard(simulation, plan -> hasAll(plan, needed)));
  }

  private static void engine(
      Map<String, Hazard> all, String name, UnaryOperator<Store> wrap, Fault... needed) {
    Simulation simulation = Simulation.of(MemoryStorage::create).engineSide(wrap);
    all.put("engine: " + name, new Hazard(simulation, plan -> hasAll(plan, needed)));
  }

  private static boolean hasAll(StoryPlan plan, Fault... faults) {
    return plan.faults().containsAll(List.of(faults));
  }

  /** Finds a story that ends badly with the mutant, and well on the good store. */
  private String look(Hazard hazard) {
    int stories = 0;
    for (long seed = 1; stories < STORIES; seed++) {
      if (!hazard.shows.test(hazard.simulation.plan(seed))) {
        continue;
      }
      stories++;
      StoryResult story = hazard.simulation.tell(seed);
      if (!story.ok() && endsWell.computeIfAbsent(seed, any -> GOOD.tell(any).ok())) {
        return "%6d  %s"
            .formatted(
                seed, story.violations().stream().map(Violation::invariant).distinct().toList());
      }
    }
    return "";
  }
}
