package dev.restante;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.Durability;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who does background work is in a store of its own, which may be away, or forget. */
@Tag("O4")
@Tag("O6")
@Timeout(60)
class LeasesApartTest {
  private static final Duration LEASE = Duration.ofSeconds(20);
  private static final Duration STEP = Duration.ofMillis(100);
  private static final RecordKey RECORD = new RecordKey(StreamKey.STORE, "lease", "sweep");
  private static final RecordKey FENCE = new RecordKey(StreamKey.STORE, "fence", "sweep");
  private static final RecordKey ROUND = new RecordKey(StreamKey.STORE, "round", "sweep");

  private final MemoryStorage kept = MemoryStorage.create();
  private final BadStorage main = new BadStorage(kept);
  private final MemoryStorage keptApart = MemoryStorage.create();
  private final BadStorage apart = new BadStorage(keptApart);
  private final ByHand first = new ByHand(1);
  private final ByHand second = new ByHand(2);

  private Restante node(ByHand hand) {
    Restante node = builder(hand).leases(apart).build();
    hand.settleAll();
    return node;
  }

  private RestanteBuilder builder(ByHand hand) {
    return Restante.builder()
        .storage(main)
        .options(
            RestanteOptions.builder()
                .minimumDurability(Durability.VOLATILE)
                .leaseDuration(LEASE)
                .build())
        .resources(hand.resources());
  }

  private static void pass(Duration time, ByHand... hands) {
    for (Duration gone = Duration.ZERO; gone.compareTo(time) < 0; gone = gone.plus(STEP)) {
      for (ByHand hand : hands) {
        hand.pass(STEP);
        hand.settleAll();
      }
    }
  }

  private static Store open(Storage storage) {
    return storage.open(new StoreContext(Duration.ofMinutes(1)));
  }

  private static @Nullable StoredRecord record(Storage in, RecordKey key) {
    try (Store store = open(in)) {
      return store.records(List.of(key)).get(key);
    }
  }

  private static long version(Storage in, RecordKey key) {
    StoredRecord record = record(in, key);
    return record == null ? 0 : record.version();
  }

  /** The store of the leases is flushed. */
  private void wipe() {
    try (Store store = open(keptApart)) {
      store.commit(Commit.ofRecords(0, List.of(RecordWrite.remove(RECORD))));
    }
  }

  @Test
  void theLeaseIsThereAndTheFenceWhereTheWorkIs() {
    Restante one = node(first);
    pass(LEASE.multipliedBy(5), first);
    assertThat(one.counters().leases()).isEqualTo(1);
    assertThat(record(keptApart, RECORD)).isNotNull();
    assertThat(record(keptApart, FENCE)).isNull();
    assertThat(record(kept, RECORD)).isNull();
    assertThat(record(kept, FENCE)).isNotNull();
    assertThat(record(kept, ROUND)).isNotNull();
    assertThat(main.sweeps).isNotEmpty();
  }

  /** Renewals put nothing on the main store. */
  @Test
  void theFenceIsPutUpOnce() {
    node(first);
    node(second);
    pass(LEASE, first, second);
    long fence = version(kept, FENCE);
    long lease = version(keptApart, RECORD);
    pass(LEASE.multipliedBy(5), first, second);
    assertThat(version(kept, FENCE)).isEqualTo(fence).isPositive();
    assertThat(version(keptApart, RECORD)).isGreaterThan(lease);
  }

  @Test
  void theWorkOfANodeThatDiedIsTakenOver() {
    node(first);
    Restante two = node(second);
    pass(LEASE, first, second);
    long fence = version(kept, FENCE);
    pass(LEASE.multipliedBy(2), second);
    assertThat(two.counters().leasesTakenOver()).isEqualTo(1);
    assertThat(version(kept, FENCE)).isGreaterThan(fence);
    main.sweeps.clear();
    pass(LEASE.multipliedBy(3), second);
    assertThat(main.sweeps).isNotEmpty();
  }

  /** The one believes that it has it, the other one took what is nobody's. */
  @Test
  void ofTwoWhoBelieveThatTheyHaveItOneCanWork() {
    Restante one = node(first);
    Restante two = node(second);
    pass(LEASE, first, second);
    assertThat(one.counters().leases()).isEqualTo(1);
    boolean sent = false;
    while (!sent) {
      first.pass(STEP);
      sent = first.waitsFor("round");
      if (!sent) {
        first.settleAll();
      }
    }
    wipe();
    pass(LEASE.dividedBy(2), second);
    assertThat(one.counters().leases()).isEqualTo(1);
    assertThat(two.counters().leases()).isEqualTo(1);
    pass(LEASE.multipliedBy(2), second);
    StoredRecord before = record(kept, ROUND);
    assertThat(before).isNotNull();
    main.sweeps.clear();
    // What the first one sent lands now.
    first.settleAll();
    assertThat(record(kept, ROUND)).usingRecursiveComparison().isEqualTo(before);
    assertThat(main.sweeps).isEmpty();
    pass(LEASE, first, second);
    assertThat(one.counters().leases() + two.counters().leases()).isEqualTo(1);
    long fence = version(kept, FENCE);
    pass(LEASE.multipliedBy(10), first, second);
    assertThat(version(kept, FENCE)).isEqualTo(fence);
    assertThat(one.counters().leases() + two.counters().leases()).isEqualTo(1);
    assertThat(main.sweeps).isNotEmpty();
  }

  /** Somebody who is wrong put up a fence after the right one did. */
  @Test
  void whoeverHasTheLeasePutsUpHisFenceAgain() {
    node(first);
    pass(LEASE, first);
    try (Store store = open(kept)) {
      StoredRecord now = requireNonNull(record(kept, FENCE));
      store.commit(
          Commit.ofRecords(
              0, List.of(RecordWrite.raise(FENCE, now.version() + (1 << 16), now.payload()))));
    }
    main.sweeps.clear();
    // The round that finds it, and the next one.
    pass(LEASE.multipliedBy(6), first);
    assertThat(main.sweeps).isNotEmpty();
  }

  @Test
  void whileItIsAwayBackgroundWorkRestsAndNothingElse() {
    Restante one = node(first);
    pass(LEASE, first);
    apart.unplugged = true;
    pass(LEASE.multipliedBy(2), first);
    main.sweeps.clear();
    pass(LEASE.multipliedBy(5), first);
    assertThat(one.health().state()).isEqualTo(Health.State.UP);
    assertThat(one.counters().leases()).isZero();
    assertThat(main.sweeps).isEmpty();
    apart.unplugged = false;
    pass(LEASE.multipliedBy(5), first);
    assertThat(one.counters().leases()).isEqualTo(1);
    assertThat(main.sweeps).isNotEmpty();
  }

  @Test
  void theMainStoreMayBeAwayWhileItIsTakenOver() {
    node(first);
    Restante two = node(second);
    pass(LEASE, first, second);
    main.unplugged = true;
    pass(LEASE.multipliedBy(3), second);
    main.unplugged = false;
    main.sweeps.clear();
    pass(LEASE.multipliedBy(5), second);
    assertThat(two.counters().leases()).isEqualTo(1);
    assertThat(main.sweeps).isNotEmpty();
  }

  /** Each node has its own store of leases, as in a failover of which not all have heard. */
  @Test
  void whereTheStoreOfLeasesIsSplitWorkGoesOn() {
    Storage other = MemoryStorage.create();
    node(first);
    builder(second).leases(new BadStorage(other)).build();
    second.settleAll();
    pass(LEASE.multipliedBy(5), first, second);
    int changes = 0;
    int rounds = 0;
    long fence = version(kept, FENCE);
    long round = version(kept, ROUND);
    for (int i = 0; i < 200; i++) {
      pass(LEASE.dividedBy(4), first, second);
      long nextFence = version(kept, FENCE);
      long nextRound = version(kept, ROUND);
      changes += nextFence == fence ? 0 : 1;
      rounds += nextRound == round ? 0 : 1;
      fence = nextFence;
      round = nextRound;
    }
    // They take the fence from each other as long as that lasts; the work goes on, more slowly.
    assertThat(changes).isGreaterThan(2);
    assertThat(rounds).isPositive();
  }

  @Test
  void cursorsMayBeInTheSameStoreWhichIsOpenedOnce() {
    Restante one = builder(first).cursors(apart).leases(apart).build();
    first.settleAll();
    pass(LEASE, first);
    assertThat(one.counters().leases()).isEqualTo(1);
    assertThat(apart.opened()).isEqualTo(1);
    assertThat(record(keptApart, RECORD)).isNotNull();
  }

  @Test
  void theMainStoreIsNotOpenedTwice() {
    Restante one = builder(first).cursors(main).leases(main).build();
    first.settleAll();
    pass(LEASE, first);
    assertThat(one.counters().leases()).isEqualTo(1);
    assertThat(main.opened()).isEqualTo(1);
    assertThat(record(kept, RECORD)).isNotNull();
  }

  @Test
  void orInAnotherOne() {
    BadStorage third = new BadStorage(MemoryStorage.create());
    Restante one = builder(first).cursors(third).leases(apart).build();
    first.settleAll();
    pass(LEASE, first);
    assertThat(one.counters().leases()).isEqualTo(1);
    assertThat(record(keptApart, RECORD)).isNotNull();
    assertThat(record(third, RECORD)).isNull();
  }

  @Test
  void aStoreThatOthersCannotShareIsRefused() {
    apart.alone = true;
    Restante one = node(first);
    assertThat(one.health().state()).isEqualTo(Health.State.FAILED);
    assertThat(one.health().detail()).contains("several nodes may share").contains("leases");
  }
}
