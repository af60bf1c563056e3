package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.storage.Durability;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes on one store, and background work that one of them does: sweeping. */
@Tag("O6")
@Timeout(60)
class LeaseTest {
  private static final Duration LEASE = Duration.ofSeconds(20);
  private static final Duration STEP = Duration.ofMillis(100);
  private static final RecordKey RECORD = new RecordKey(StreamKey.STORE, "lease", "sweep");
  private static final RecordKey ROUND = new RecordKey(StreamKey.STORE, "round", "sweep");

  private final MemoryStorage memory = MemoryStorage.create();
  private final BadStorage storage = new BadStorage(memory);
  private final Store looksOn = memory.open(new StoreContext(Duration.ofMinutes(1)));
  private final ByHand first = new ByHand(1);
  private final ByHand second = new ByHand(2);

  private Restante node(Resources resources) {
    return node(resources, LEASE);
  }

  private Restante node(Resources resources, Duration lease) {
    return Restante.builder()
        .storage(storage)
        .options(
            RestanteOptions.builder()
                .minimumDurability(Durability.VOLATILE)
                .leaseDuration(lease)
                .build())
        .resources(resources)
        .build();
  }

  private Restante node(ByHand hand) {
    Restante node = node(hand.resources());
    hand.settleAll();
    return node;
  }

  /** Time goes on for these, and stands still for everybody else. */
  private static void pass(Duration time, ByHand... hands) {
    for (Duration gone = Duration.ZERO; gone.compareTo(time) < 0; gone = gone.plus(STEP)) {
      for (ByHand hand : hands) {
        hand.pass(STEP);
        hand.settleAll();
      }
    }
  }

  private @Nullable StoredRecord record(RecordKey key) {
    return looksOn.records(List.of(key)).get(key);
  }

  private long version() {
    StoredRecord lease = record(RECORD);
    return lease == null ? 0 : lease.version();
  }

  @Test
  void oneOfTwoNodesSweeps() {
    Restante one = node(first);
    Restante two = node(second);
    Duration time = LEASE.multipliedBy(30);
    pass(time, first, second);
    assertThat(one.counters().leases()).isEqualTo(1);
    assertThat(two.counters().leases()).isZero();
    assertThat(two.counters().leasesTakenOver()).isZero();
    assertThat(one.counters().leasesLost()).isZero();
    // A round comes 30 s to 45 s after the one before, some of them when the lease is renewed.
    assertThat(storage.sweeps).hasSizeBetween(10, 15);
  }

  @Test
  void theWorkOfANodeThatDiedIsTakenOverWithinTwoLeaseTimesAndNotBeforeOne() {
    node(first);
    Restante two = node(second);
    pass(LEASE, first, second);
    long atDeath = version();
    pass(LEASE.minus(LEASE.dividedBy(3)), second);
    assertThat(version()).isEqualTo(atDeath);
    pass(LEASE.plus(LEASE.dividedBy(3)), second);
    assertThat(two.counters().leases()).isEqualTo(1);
    assertThat(two.counters().leasesTakenOver()).isEqualTo(1);
    assertThat(version()).isGreaterThan(atDeath);
    storage.sweeps.clear();
    pass(LEASE.multipliedBy(3), second);
    assertThat(storage.sweeps).isNotEmpty();
  }

  @Test
  void noWallClockIsAsked() {
    node(first);
    Restante two = node(second);
    for (int days = 0; days < 10; days++) {
      second.stepClock(Duration.ofDays(-1));
      pass(LEASE.dividedBy(2), first, second);
      first.stepClock(Duration.ofDays(-2));
    }
    assertThat(two.counters().leasesTakenOver()).isZero();
  }

  @Test
  void whoIsSeenAliveNowAndThenKeepsTheWork() {
    Restante one = node(first);
    Restante two = node(second);
    for (int i = 0; i < 10; i++) {
      // It renews late, but before the lease time is over.
      pass(LEASE.multipliedBy(9).dividedBy(10), second);
      first.pass(LEASE.dividedBy(3).plus(STEP));
      first.settleAll();
    }
    assertThat(one.counters().leases()).isEqualTo(1);
    assertThat(two.counters().leasesTakenOver()).isZero();
  }

  @Test
  void whatAHolderSentBeforeItStoodStillWritesNothingAfterwards() {
    Restante one = node(first);
    Restante two = node(second);
    // Until it has sent the note that a round begins, and that is on its way.
    boolean sent = false;
    while (!sent) {
      pass(STEP, second);
      first.pass(STEP);
      sent = first.waitsFor("round");
      if (!sent) {
        first.settleAll();
      }
    }
    pass(LEASE.multipliedBy(4), second);
    assertThat(two.counters().leasesTakenOver()).isEqualTo(1);
    StoredRecord before = record(ROUND);
    storage.sweeps.clear();
    first.settleAll();
    assertThat(record(ROUND)).isNotNull().usingRecursiveComparison().isEqualTo(before);
    assertThat(storage.sweeps).isEmpty();
    // It wakes, finds that the lease is gone, and goes without.
    pass(LEASE.multipliedBy(3), first, second);
    assertThat(one.counters().leases()).isZero();
    assertThat(one.counters().leasesLost()).isEqualTo(1);
    assertThat(two.counters().leases()).isEqualTo(1);
  }

  @Test
  void aRenewalThatAHolderSentBeforeItStoodStillTakesNothingBack() {
    Restante one = node(first);
    Restante two = node(second);
    boolean sent = false;
    while (!sent) {
      pass(STEP, second);
      first.pass(STEP);
      sent = first.waitsFor("lease");
      if (!sent) {
        first.settleAll();
      }
    }
    pass(LEASE.multipliedBy(2), second);
    assertThat(two.counters().leases()).isEqualTo(1);
    long taken = version();
    first.settleAll();
    assertThat(version()).isEqualTo(taken);
    pass(LEASE.multipliedBy(2), first, second);
    assertThat(two.counters().leases()).isEqualTo(1);
    assertThat(one.counters().leases()).isZero();
  }

  @Test
  void aRenewalOfWhichTheAnswerIsLostLosesNothing() {
    Restante one = node(first);
    Restante two = node(second);
    for (int i = 0; i < 10; i++) {
      storage.losesAnswer = true;
      pass(LEASE.dividedBy(2), first, second);
      assertThat(storage.losesAnswer).isFalse();
    }
    assertThat(one.counters().leases()).isEqualTo(1);
    assertThat(one.counters().leasesLost()).isZero();
    assertThat(two.counters().leasesTakenOver()).isZero();
    storage.sweeps.clear();
    pass(LEASE.multipliedBy(3), first, second);
    assertThat(storage.sweeps).isNotEmpty();
  }

  @Test
  void anOutageOfTheStoreEndsNothingForGood() {
    Restante one = node(first);
    Restante two = node(second);
    storage.unplugged = true;
    pass(LEASE.multipliedBy(5), first, second);
    assertThat(one.counters().leases()).isZero();
    assertThat(one.counters().leasesLost()).isEqualTo(1);
    storage.unplugged = false;
    pass(LEASE.multipliedBy(3), first, second);
    assertThat(one.counters().leases() + two.counters().leases()).isEqualTo(1);
  }

  @Test
  void whoClosesLetsGoAndTheVersionDoesNotBeginAnew() {
    try (HandMade hand = new HandMade()) {
      Restante one = node(hand.resources());
      await().until(() -> one.counters().leases() == 1);
      for (int renewals = 0; renewals < 3; renewals++) {
        long before = version();
        await()
            .until(
                () -> {
                  hand.runTimers(LEASE.dividedBy(3));
                  return version() > before;
                });
      }
      long held = version();
      one.close(HandMade.TICK.multipliedBy(500));
      assertThat(version()).isGreaterThan(held);
      Restante two = node(second);
      assertThat(two.counters().leases()).isEqualTo(1);
      assertThat(two.counters().leasesTakenOver()).isZero();
    }
  }

  @Test
  void whoClosesWaitsUntilItIsLetGo() {
    try (HandMade hand = new HandMade()) {
      Restante one = node(hand.resources());
      await().until(() -> one.counters().leases() == 1);
      storage.commits.drainPermits();
      long began = hand.nanos.get();
      CompletableFuture<Boolean> closing =
          CompletableFuture.supplyAsync(
              () -> one.close(HandMade.TICK.multipliedBy(1_000)), hand.calls);
      // It asks for the time as often as it looks whether it may go.
      long some = HandMade.TICK.multipliedBy(50).toNanos();
      await().until(() -> closing.isDone() || hand.nanos.get() - began > some);
      storage.commits.release(1_000);
      assertThat(closing.join()).isTrue();
      Restante two = node(second);
      assertThat(two.counters().leases()).isEqualTo(1);
    }
  }

  /**
   * What it wrote has arrived, the answer has not, and it looks whether it has when it is closed.
   */
  @Test
  void whoClosesLetsGoOfALeaseOfWhichItNeverHeard() {
    try (HandMade hand = new HandMade()) {
      storage.losesAnswer = true;
      Restante one = node(hand.resources());
      await().until(() -> version() > 0);
      await()
          .until(
              () -> {
                storage.reads.drainPermits();
                hand.runTimers(LEASE.dividedBy(3));
                return storage.reads.hasQueuedThreads();
              });
      assertThat(one.counters().leases()).isZero();
      long began = hand.nanos.get();
      CompletableFuture<Boolean> closing =
          CompletableFuture.supplyAsync(
              () -> one.close(HandMade.TICK.multipliedBy(1_000)), hand.calls);
      long some = HandMade.TICK.multipliedBy(50).toNanos();
      await().until(() -> closing.isDone() || hand.nanos.get() - began > some);
      storage.reads.release(1_000);
      closing.join();
      Restante two = node(second);
      assertThat(two.counters().leases()).isEqualTo(1);
    }
  }

  @Test
  void aNodeWhoseClockIsInDoubtLeavesTheWorkToOthers() {
    Restante one = node(first);
    Restante two = node(second);
    first.stepClock(Duration.ofDays(8));
    pass(LEASE, first, second);
    assertThat(one.counters().leases()).isZero();
    assertThat(two.counters().leases()).isEqualTo(1);
    assertThat(two.counters().leasesTakenOver()).isZero();
    first.stepClock(Duration.ofDays(-8));
    pass(LEASE.multipliedBy(5), first, second);
    assertThat(two.counters().leases()).isEqualTo(1);
  }

  @Test
  void aStoreThatIsNotSharedNeedsNone() {
    storage.alone = true;
    Restante one = node(first);
    pass(LEASE.multipliedBy(30), first);
    assertThat(storage.sweeps).hasSizeBetween(13, 20);
    assertThat(record(RECORD)).isNull();
    assertThat(record(ROUND)).isNull();
    assertThat(one.counters().leases()).isZero();
  }

  @Test
  void whoSetsLongLeasesDoesNotGetASweepEveryTwentyMinutes() {
    storage.alone = true;
    node(first.resources(), Duration.ofMinutes(10));
    first.settleAll();
    pass(Duration.ofMinutes(10), first);
    // Every 30 s to 45 s.
    assertThat(storage.sweeps).hasSizeBetween(13, 20);
  }

  @Test
  void nobodyWaitsForALeaseThatCannotBeLetGo() {
    try (HandMade hand = new HandMade()) {
      Restante one = node(hand.resources());
      await().until(() -> one.counters().leases() == 1);
      storage.commits.drainPermits();
      one.close(HandMade.TICK.multipliedBy(20));
      assertThat(one.health().state()).isEqualTo(Health.State.CLOSED);
      storage.commits.release(1_000);
    }
  }
}
