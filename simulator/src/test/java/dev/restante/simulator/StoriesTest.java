package dev.restante.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.memory.MemoryStorage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Thousands of stories on the reference store. {@code -Drestante.sim.stories=100000} soaks, {@code
 * -Drestante.sim.seed=N} begins elsewhere, {@code -Drestante.sim.replay=SEED} tells one story and
 * prints all that happened.
 */
@Tag("O3")
class StoriesTest {
  private static final int STORIES = Integer.getInteger("restante.sim.stories", 3_000);
  private static final long FIRST_SEED = Long.getLong("restante.sim.seed", 1);
  private static final Simulation SIMULATION = Simulation.of(MemoryStorage::create);

  @Test
  void everyStoryEndsWell() {
    Long replay = Long.getLong("restante.sim.replay");
    if (replay != null) {
      replay(replay);
      return;
    }
    SimulationReport report = SIMULATION.run(FIRST_SEED, STORIES);
    System.out.println(report.table());
    assertThat(report.failed()).as(() -> describe(report)).isEmpty();
    assertThat(report.stories()).isEqualTo(STORIES);
    if (STORIES >= 3_000) {
      checkCoverage(report);
    }
  }

  private static void replay(long seed) {
    StoryResult story = SIMULATION.replay(seed);
    story.trace().forEach(System.out::println);
    System.out.println("digest " + Long.toHexString(story.digest()));
    assertThat(story.violations()).isEmpty();
  }

  private static void checkCoverage(SimulationReport report) {
    assertThat(report.pairsMissed()).as("pairs of faults that never met").isEmpty();
    long losses = report.storiesWith(Fault.LOST_WRITES, Fault.LOST_WRITES);
    assertThat(report.count("stories that diverged after a loss"))
        .as("stories, of %d with a loss, in which nobody was left to notice it", losses)
        .isLessThanOrEqualTo(losses / 20);
    for (String what :
        new String[] {
          "acknowledged",
          "acknowledged again",
          "conflicts",
          "unknown commits",
          "locked commits",
          "floors raised",
          "snapshots NEW_DEVICE",
          "snapshots TOO_LONG",
          "snapshots REQUESTED",
          "snapshots STORE_LOST_WRITES",
          "devices that stood still",
          "dormant devices brought back",
          "entries set aside",
          "entries handed out",
          "groups: add",
          "groups: remove",
          "groups: leave",
          "groups: title",
          "devices revoked",
          "ids reused",
          "loss events",
          "history pages",
          "gaps told",
          "sessions with policy EVERYTHING",
          "sessions with policy LATEST",
          "sessions with policy SINCE",
          "sessions ended REPLACED",
          "sessions ended REVOKED",
          "sessions ended DEVICE_LIMIT",
          "sessions ended SUBSCRIBER",
          "sessions ended NODE_CLOSING",
          "refused OVERLOADED",
          "refused PREDECESSOR_REFUSED",
          "refused NOT_STORABLE",
          "refused NOT_A_MEMBER",
          "refused OUTCOME_UNKNOWN",
          "refused TOO_LARGE",
          "refused UNAVAILABLE",
          "refused CLOSED",
          "drafts enqueued",
          "drafts relayed",
          "transactions rolled back",
          "dead letters",
          "relays that took over",
          "relay failures",
          "rounds under a lease",
          "leases that changed hands",
          "leases taken over",
          "leases lost"
        }) {
      assertThat(report.count(what)).as(what).isPositive();
    }
  }

  private static String describe(SimulationReport report) {
    return report.failed().stream()
        .limit(5)
        .map(
            story ->
                "%nseed %d (replay: mvn -pl simulator -am test -Drestante.sim.replay=%d):%n  %s"
                    .formatted(
                        story.seed(),
                        story.seed(),
                        story.violations().stream()
                            .limit(3)
                            .map(Violation::toString)
                            .collect(Collectors.joining("\n  "))))
        .collect(Collectors.joining());
  }

  @Test
  void aStoryIsTheSameEachTimeItIsTold() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + 20; seed++) {
      StoryResult once = SIMULATION.replay(seed);
      StoryResult again = SIMULATION.replay(seed);
      assertThat(again.trace()).isEqualTo(once.trace());
      assertThat(again.digest()).isEqualTo(once.digest());
    }
  }
}
