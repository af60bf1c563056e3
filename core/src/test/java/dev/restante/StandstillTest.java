package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.Gap;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A device that dies of an entry, each time it gets it. */
@Tag("S4")
class StandstillTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final DeviceId ALICE_PHONE = ALICE.device("phone");
  private static final DeviceId BOB_PHONE = BOB.device("phone");
  private static final DeviceId BOB_TABLET = BOB.device("tablet");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);
  private static final int MOST_RESENDS = 3;
  private static final SyncPolicy POLICY = SyncPolicy.everything().withPages(10, 1 << 20);

  private final ManualTime time = new ManualTime();
  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final List<Restante> nodes = new ArrayList<>();
  private final List<Long> stalled = new ArrayList<>();
  private final List<Gap> setAside = new ArrayList<>();

  /** What the device has kept, across all its sessions. */
  private final List<Entry> kept = new ArrayList<>();

  private int sessions;

  @BeforeEach
  void start() {
    nodes.add(node());
    nodes.add(node());
    ok(nodes.get(0).devices().register(BOB_PHONE, "", ""));
  }

  private Restante node() {
    Restante node =
        Restante.builder()
            .storage(storage)
            .options(
                RestanteOptions.builder()
                    .minimumDurability(Durability.VOLATILE)
                    .maxResends(MOST_RESENDS)
                    .build())
            .resources(time.resources())
            .listener(
                new RestanteListener() {
                  @Override
                  public void deviceStalled(DeviceId device, long resends) {
                    assertThat(device).isEqualTo(BOB_PHONE);
                    stalled.add(resends);
                  }

                  @Override
                  public void entrySetAside(DeviceId device, Gap gap) {
                    assertThat(device).isEqualTo(BOB_PHONE);
                    setAside.add(gap);
                  }
                })
            .build();
    assertThat(time.get(node.opened()).state()).isEqualTo(Health.State.UP);
    return node;
  }

  @AfterEach
  void stop() {
    nodes.forEach(node -> node.close(Duration.ZERO));
  }

  private <T> T ok(CompletionStage<Result<T>> stage) {
    return time.get(stage).orThrow();
  }

  private void say(String text) {
    ok(nodes.get(0).messages().submit(Draft.text(ALICE_PHONE, TALK, text)));
  }

  private static boolean isPoison(Object entry) {
    return entry instanceof Message message && message.body().asText().startsWith("poison");
  }

  private static boolean kills(Delivery delivery) {
    if (delivery instanceof Delivery.Page page) {
      return page.entries().stream().anyMatch(StandstillTest::isPoison);
    }
    return delivery instanceof Delivery.Snapshot snapshot
        && snapshot.conversations().stream()
            .flatMap(summary -> summary.latest().stream())
            .anyMatch(StandstillTest::isPoison);
  }

  /** Connects to one node after the other; returns whether it lived to catch up. */
  private boolean tryToCatchUp(SyncPolicy policy) {
    Inbox inbox = new Inbox();
    Restante node = nodes.get(sessions++ % nodes.size());
    DeviceSession session = node.sync().connect(BOB_PHONE, policy, inbox);
    int done = 0;
    boolean lives = true;
    time.settle();
    while (lives && done < inbox.deliveries.size()) {
      Delivery next = inbox.deliveries.get(done++);
      lives = !kills(next);
      if (lives && next instanceof Delivery.Page page) {
        kept.addAll(page.entries());
        ok(session.acknowledge(page.cursor()));
      } else if (lives && next instanceof Delivery.Snapshot snapshot && snapshot.last()) {
        snapshot.conversations().forEach(summary -> kept.addAll(summary.latest()));
        ok(session.acknowledge(snapshot.cursor()));
      }
    }
    session.close();
    time.advance(Duration.ofMinutes(1));
    return lives && inbox.caughtUp();
  }

  private void catchUp(SyncPolicy policy) {
    for (int i = 0; i < 50; i++) {
      if (tryToCatchUp(policy)) {
        return;
      }
    }
    throw new AssertionError("it never caught up; it has " + kept);
  }

  private Set<Long> numbersKept() {
    Set<Long> numbers = new TreeSet<>();
    for (Entry entry : kept) {
      if (entry instanceof LogEntry logEntry) {
        numbers.add(logEntry.seq());
      }
    }
    return numbers;
  }

  @Test
  void aDeviceThatDiesOfAnEntryGetsAllOthersAndAGap() {
    for (int i = 1; i <= 40; i++) {
      say(i == 17 ? "poison" : "m" + i);
    }
    catchUp(POLICY);
    assertThat(numbersKept()).hasSize(39).doesNotContain(17L);
    assertThat(kept).filteredOn(Gap.class::isInstance).containsExactly(new Gap(TALK, 17, 17));
    assertThat(setAside).containsExactly(new Gap(TALK, 17, 17));
    // Once as ever and three times again; then alone, three times; then comes the gap.
    assertThat(stalled).containsExactly(3L, 6L);
    assertThat(sessions).isBetween(8, 10);
    Counters first = nodes.get(0).counters();
    Counters second = nodes.get(1).counters();
    assertThat(first.stalledDevices() + second.stalledDevices()).isEqualTo(2);
    assertThat(first.setAside() + second.setAside()).isEqualTo(1);

    HistoryQuery query = new HistoryQuery(TALK, 17, 17, false, 1);
    assertThat(ok(nodes.get(0).messages().history(BOB, query)).entries())
        .singleElement()
        .matches(StandstillTest::isPoison);

    say("afterwards");
    assertThat(tryToCatchUp(POLICY)).isTrue();
    assertThat(numbersKept()).contains(41L);
    assertThat(setAside).hasSize(1);
  }

  @Test
  void severalAreSetAsideOneByOne() {
    for (int i = 1; i <= 25; i++) {
      say(i == 1 || i == 2 || i == 13 || i == 25 ? "poison " + i : "m" + i);
    }
    catchUp(POLICY);
    assertThat(numbersKept()).hasSize(21);
    assertThat(setAside).extracting(Gap::fromSeq).containsExactly(1L, 2L, 13L, 25L);
  }

  @Test
  void otherDevicesOfTheUserGetItAsEver() {
    ok(nodes.get(0).devices().register(BOB_TABLET, "", ""));
    Inbox tablet = new Inbox();
    nodes.get(0).sync().connect(BOB_TABLET, SyncPolicy.everything(), tablet);
    say("poison");
    catchUp(POLICY);
    assertThat(setAside).hasSize(1);
    assertThat(tablet.texts()).containsExactly("poison");
  }

  @Test
  void aSnapshotThatADeviceDiesOfComesWithoutEntries() {
    say("m1");
    say("poison");
    catchUp(SyncPolicy.everything().withLatest(1));
    assertThat(kept).isEmpty();
    assertThat(stalled).containsExactly(3L);
    assertThat(setAside).isEmpty();
    say("m3");
    assertThat(tryToCatchUp(SyncPolicy.everything().withLatest(1))).isTrue();
    assertThat(numbersKept()).as("with entries again").containsExactly(3L);
  }

  @Test
  void requestedSummariesThatADeviceDiesOfComeWithoutEntries() {
    say("m1");
    say("poison");
    catchUp(POLICY.withSummariesFirst());
    assertThat(numbersKept()).containsExactly(1L);
    assertThat(setAside).containsExactly(new Gap(TALK, 2, 2));
  }

  @Test
  void aDeviceThatTakesNothingIsNotSentAnything() {
    say("m1");
    for (int i = 0; i < 5 * MOST_RESENDS; i++) {
      nodes.get(0).sync().connect(BOB_PHONE, POLICY, new Inbox(0)).close();
      time.advance(Duration.ofMinutes(1));
    }
    assertThat(stalled).isEmpty();
  }

  @Test
  void aDeviceThatAcknowledgesCostsNoWriteButItsClaim() {
    for (int round = 0; round < 10; round++) {
      for (int i = 1; i <= 25; i++) {
        say("m" + i);
      }
      long[] claims = {0};
      storage.refuses =
          commit -> {
            claims[0] +=
                commit.records().stream()
                    .filter(write -> write.key().space().equals("session"))
                    .count();
            return false;
          };
      assertThat(tryToCatchUp(POLICY)).isTrue();
      assertThat(claims[0]).isEqualTo(1);
    }
    assertThat(numbersKept()).hasSize(250);
    assertThat(stalled).isEmpty();
  }

  @Test
  void progressBeginsTheCountAnew() {
    say("m1");
    say("m2");
    for (int i = 0; i < 5 * MOST_RESENDS; i++) {
      Inbox inbox = new Inbox();
      DeviceSession session =
          nodes.get(0).sync().connect(BOB_PHONE, SyncPolicy.everything().withPages(1, 1), inbox);
      time.settle();
      if (i % MOST_RESENDS == 0) {
        ok(session.acknowledge(inbox.pages().get(0).cursor()));
        say("one more");
      }
      session.close();
      time.advance(Duration.ofMinutes(1));
    }
    assertThat(stalled).isEmpty();
  }
}
