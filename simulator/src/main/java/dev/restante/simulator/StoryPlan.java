package dev.restante.simulator;

import dev.restante.RestanteOptions;
import dev.restante.RestanteOptions.DeviceOverflow;
import dev.restante.api.MessageKind;
import dev.restante.api.UserId;
import dev.restante.storage.Durability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What a seed decides before a story begins.
 *
 * @param faults the kinds of fault that may happen; overload and what needs no help always may
 * @param faultsPerCall how likely a call to the store is to meet a fault
 * @param options the nodes' options
 * @param nodes how many nodes there are
 * @param bus whether they are connected by a bus
 * @param hintsLost the share of the messages over it that get lost, if any do
 * @param hintFaults how likely each meets another fault
 * @param users who takes part
 * @param groups how many groups there are at most
 * @param operations how many operations there are
 * @param meanGapMicros the mean time between two operations
 * @param host whether transactions of the host enqueue messages
 * @param cursorsApart whether the cursors are in a store beside the main one
 * @param leasesApart whether the leases are, in the same one
 */
record StoryPlan(
    Set<Fault> faults,
    double faultsPerCall,
    RestanteOptions options,
    int nodes,
    boolean bus,
    double hintsLost,
    double hintFaults,
    List<UserId> users,
    int groups,
    int operations,
    long meanGapMicros,
    boolean host,
    boolean cursorsApart,
    boolean leasesApart) {
  static final int MAX_BODY_BYTES = 2_000;

  /** Some stories outlive it: what is repeated then is a new message. */
  private static final Duration SHORTEST_WINDOW = Duration.ofMinutes(1);

  private static final List<String> NAMES =
      List.of(
          "ann",
          "bob",
          "bob:",
          ":bob",
          "3:bob",
          "a/b",
          "new\nline",
          "nul\u0000nul",
          "\u0000",
          "😀",
          "\uFFFF",
          " ",
          "'; drop table",
          "%s{}",
          "é",
          "e\u0301",
          "x".repeat(255),
          "😀".repeat(63) + "xyz");

  static StoryPlan of(SplittableRandom chance, int operations) {
    Set<Fault> faults = faults(chance);
    RestanteOptions options = options(chance, faults);
    boolean outlivesTheWindow =
        options.dedupWindow().equals(SHORTEST_WINDOW) && chance.nextInt(3) == 0;
    return new StoryPlan(
        faults,
        pick(chance, 0.01, 0.03, 0.08),
        options,
        1 + (chance.nextInt(5) + 3) / 4 + chance.nextInt(2),
        chance.nextInt(4) > 0,
        pick(chance, 0.1, 0.5, 1.0),
        pick(chance, 0.05, 0.3),
        users(chance),
        1 + chance.nextInt(3),
        operations,
        outlivesTheWindow ? 500_000L : pick(chance, 300L, 3_000L, 20_000L),
        host(chance, faults, options),
        chance.nextInt(3) == 0,
        chance.nextInt(3) == 0);
  }

  private static Set<Fault> faults(SplittableRandom chance) {
    Set<Fault> faults = EnumSet.noneOf(Fault.class);
    double share = pick(chance, 0.1, 0.4, 0.7);
    for (Fault fault : Fault.values()) {
      if (chance.nextDouble() < share) {
        faults.add(fault);
      }
    }
    if (chance.nextInt(3) > 0) {
      faults.remove(Fault.LOST_WRITES);
    }
    return faults;
  }

  private static RestanteOptions options(SplittableRandom chance, Set<Fault> faults) {
    return RestanteOptions.builder()
        .minimumDurability(Durability.VOLATILE)
        .maxBodyBytes(MAX_BODY_BYTES)
        .maxGroupMembers(pick(chance, 3, 5, 500))
        .newMembersSeeHistory(chance.nextBoolean())
        .uncountedKinds(
            chance.nextBoolean() ? Set.of(MessageKind.SYSTEM) : Set.of(MessageKind.IMAGE))
        .dedupWindow(pick(chance, SHORTEST_WINDOW, Duration.ofDays(7), RestanteOptions.FOREVER))
        .maxQueuedMessages(faults.contains(Fault.OVERLOAD) ? pick(chance, 1, 3, 10) : 100_000)
        .maxQueuedBytes(
            faults.contains(Fault.OVERLOAD) && chance.nextBoolean() ? MAX_BODY_BYTES : 1 << 20)
        .writers(pick(chance, 1, 2, 4))
        .batchRows(pick(chance, 1, 3, 10, 50, 2_000))
        .batchBytes(pick(chance, 1L, 300L, 1L << 20))
        .cachedStreams(chance.nextBoolean() ? 100 : 10_000)
        .storeCallTimeout(
            pick(chance, Duration.ofMillis(60), Duration.ofMillis(300), Duration.ofSeconds(2)))
        .pollInterval(
            pick(chance, Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofSeconds(2)))
        .maxDevicesPerUser(pick(chance, 2, 3, 20))
        .maxDevicesPerPlatform(pick(chance, 2, 20))
        .deviceOverflow(
            chance.nextBoolean() ? DeviceOverflow.NEWEST_WINS : DeviceOverflow.OLDEST_WINS)
        // A failover breaks connections here, so that it is noticed without the option too.
        .verifyHeads(faults.contains(Fault.LOST_WRITES) && chance.nextBoolean())
        .maxResends(pick(chance, 1, 2, 4))
        .leaseDuration(pick(chance, Duration.ofSeconds(1), Duration.ofSeconds(2)))
        .dormantAfter(chance.nextBoolean() ? Duration.ofHours(1) : Duration.ofDays(30))
        .build();
  }

  /**
   * Not where writes are lost: what waits in the host's database would be written before a device
   * came by that had seen what is gone. Not with the shortest window: it ends while a relay that
   * submitted something cannot remove it.
   */
  private static boolean host(SplittableRandom chance, Set<Fault> faults, RestanteOptions options) {
    return chance.nextInt(3) == 0
        && !faults.contains(Fault.LOST_WRITES)
        && !options.dedupWindow().equals(SHORTEST_WINDOW);
  }

  private static List<UserId> users(SplittableRandom chance) {
    List<String> names = new ArrayList<>(NAMES);
    List<UserId> users = new ArrayList<>();
    int count = 3 + chance.nextInt(4);
    for (int i = 0; i < count; i++) {
      users.add(UserId.of(names.remove(chance.nextInt(names.size()))));
    }
    if (chance.nextInt(4) == 0) {
      users.add(new UserId("other:tenant", users.get(0).value()));
      users.add(new UserId("other:tenant", users.get(1).value()));
    }
    return List.copyOf(users);
  }

  @SafeVarargs
  static <T> T pick(SplittableRandom chance, T... choices) {
    return choices[chance.nextInt(choices.length)];
  }
}
