package dev.restante;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Gap;
import dev.restante.api.LogEntry;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.ConversationSummary;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.Delivery.Snapshot.Reason;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.api.wire.WireCodec;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How a device that was away is brought up to date: each policy, and each of its limits. */
class SyncPolicyTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final DeviceId ALICE_PHONE = ALICE.device("phone");
  private static final DeviceId BOB_PHONE = BOB.device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);

  /** A device that is registered by connecting looks again after a short pause. */
  private static final Duration FOR_A_NEW_DEVICE = Duration.ofSeconds(1);

  private static final int ANY_ENTRIES = 100_000;

  private final ManualTime time = new ManualTime();
  private Restante restante;

  @BeforeEach
  void start() {
    restante =
        Restante.builder()
            .storage(MemoryStorage.create())
            .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
            .resources(time.resources())
            .build();
    assertThat(time.get(restante.opened()).state()).isEqualTo(Health.State.UP);
  }

  @AfterEach
  void stop() {
    restante.close(Duration.ZERO);
  }

  private <T> T ok(CompletionStage<Result<T>> stage) {
    return time.get(stage).orThrow();
  }

  private void say(String text) {
    ok(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, text)));
  }

  private DeviceSession connect(SyncPolicy policy, Inbox inbox) {
    DeviceSession session = restante.sync().connect(BOB_PHONE, policy, inbox);
    time.advance(FOR_A_NEW_DEVICE);
    return session;
  }

  private static SyncPolicy noOlderThan(Duration age) {
    return SyncPolicy.everything().withMaxBacklog(ANY_ENTRIES, age, Long.MAX_VALUE);
  }

  @Test
  @Tag("S4")
  void aBacklogThatIsTooOldIsASnapshot() {
    say("old");
    time.jump(Duration.ofDays(2));
    Inbox inbox = new Inbox();
    connect(noOlderThan(Duration.ofDays(1)), inbox);
    assertThat(inbox.snapshots())
        .extracting(Delivery.Snapshot::reason)
        .containsExactly(Reason.TOO_LONG);
    assertThat(inbox.entries()).isEmpty();
    assertThat(inbox.caughtUp()).isTrue();
  }

  @Test
  @Tag("S4")
  void summariesFirstDoNotMakeAnOldBacklogYoung() {
    say("old");
    time.jump(Duration.ofDays(2));
    Inbox inbox = new Inbox();
    connect(noOlderThan(Duration.ofDays(1)).withSummariesFirst(), inbox);
    assertThat(inbox.snapshots())
        .extracting(Delivery.Snapshot::reason)
        .containsExactly(Reason.REQUESTED, Reason.TOO_LONG);
    assertThat(inbox.entries()).isEmpty();
    assertThat(inbox.caughtUp()).isTrue();
  }

  @Test
  @Tag("S4")
  void theAgeIsThatOfTheFirstEntryAlsoBehindANote() {
    say("old");
    ok(restante.devices().register(BOB_PHONE, "", ""));
    time.jump(Duration.ofDays(2));
    Inbox first = new Inbox(1);
    DeviceSession session = connect(SyncPolicy.everything().withPages(1, 1 << 20), first);
    assertThat(first.texts()).containsExactly("old");
    ok(session.acknowledge(first.lastCursor()));
    session.close();
    say("new");
    time.jump(Duration.ofDays(2));
    Inbox inbox = new Inbox();
    connect(noOlderThan(Duration.ofDays(1)).withPages(1, 1 << 20), inbox);
    assertThat(inbox.snapshots())
        .extracting(Delivery.Snapshot::reason)
        .containsExactly(Reason.TOO_LONG);
  }

  @Test
  @Tag("S4")
  void anEntryThatTheDeviceHasDoesNotCountAsOld() {
    ok(restante.devices().register(BOB_PHONE, "", ""));
    ok(restante.devices().register(BOB.device("tablet that never acknowledges"), "", ""));
    say("old");
    Inbox first = new Inbox();
    DeviceSession session = connect(SyncPolicy.everything(), first);
    ok(session.acknowledge(first.lastCursor()));
    session.close();
    time.jump(Duration.ofDays(2));
    say("new");
    Inbox inbox = new Inbox();
    connect(noOlderThan(Duration.ofDays(1)), inbox);
    assertThat(inbox.snapshots()).isEmpty();
    assertThat(inbox.texts()).containsExactly("new");
  }

  private static long bytes(Delivery.Snapshot part) {
    return part.conversations().stream()
        .flatMap(each -> each.latest().stream())
        .mapToLong(entry -> WireCodec.encodeForLog(entry).length)
        .sum();
  }

  @Test
  @Tag("S4")
  void aPartOfASnapshotIsNotLargerThanAPage() {
    int conversations = 30;
    for (int i = 0; i < conversations; i++) {
      DeviceId friend = UserId.of("friend " + i).device("phone");
      ConversationId talk = ConversationId.between(friend.user(), BOB);
      for (int j = 0; j < 10; j++) {
        ok(restante.messages().submit(Draft.text(friend, talk, "x".repeat(1_000))));
      }
    }
    Inbox inbox = new Inbox();
    connect(SyncPolicy.everything().withLatest(3).withPages(1_000, 7_000), inbox);
    assertThat(inbox.snapshots()).hasSizeBetween(conversations / 2, conversations);
    assertThat(inbox.snapshots()).allSatisfy(part -> assertThat(bytes(part)).isLessThan(7_000));
    assertThat(inbox.conversations())
        .hasSize(conversations)
        .allSatisfy(
            summary -> {
              assertThat(summary.latest()).extracting(LogEntry::seq).containsExactly(8L, 9L, 10L);
              assertThat(summary.gap()).isEqualTo(new Gap(summary.conversation(), 1, 7));
            });
    assertThat(inbox.caughtUp()).isTrue();

    Inbox fewer = new Inbox();
    connect(SyncPolicy.everything().withLatest(3).withPages(10, 1 << 20), fewer);
    assertThat(fewer.snapshots())
        .hasSize(conversations / 3)
        .allSatisfy(part -> assertThat(part.conversations()).hasSize(3));
  }

  @Test
  @Tag("S4")
  void aConversationThatAloneIsLargerThanAPageComesCutAndAlone() {
    DeviceId carol = UserId.of("carol").device("phone");
    for (int i = 0; i < 5; i++) {
      say("y".repeat(4_000));
      ok(
          restante
              .messages()
              .submit(
                  Draft.text(carol, ConversationId.between(carol.user(), BOB), "z".repeat(4_000))));
    }
    Inbox inbox = new Inbox();
    connect(SyncPolicy.everything().withLatest(5).withPages(100, 1_000), inbox);
    assertThat(inbox.snapshots())
        .hasSize(2)
        .allSatisfy(part -> assertThat(part.conversations()).hasSize(1));
    assertThat(inbox.conversations())
        .hasSize(2)
        .allSatisfy(
            summary -> {
              assertThat(summary.latest()).extracting(LogEntry::seq).containsExactly(5L);
              assertThat(summary.gap()).isEqualTo(new Gap(summary.conversation(), 1, 4));
            });
  }

  @Test
  @Tag("S4")
  void latestBringsTheNewestOfEachConversationAndAGapForTheRest() {
    ConversationId other = ConversationId.between(UserId.of("carol"), BOB);
    for (int i = 1; i <= 10; i++) {
      say("m" + i);
    }
    ok(restante.messages().submit(Draft.text(UserId.of("carol").device("pc"), other, "hello")));
    Inbox inbox = new Inbox();
    DeviceSession session = connect(SyncPolicy.everything().withLatest(3), inbox);
    assertThat(inbox.entries()).isEmpty();
    assertThat(inbox.conversations()).hasSize(2);
    for (ConversationSummary summary : inbox.conversations()) {
      boolean talk = summary.conversation().equals(TALK);
      assertThat(summary.latest())
          .extracting(LogEntry::seq)
          .containsExactlyElementsOf(talk ? List.of(8L, 9L, 10L) : List.of(1L));
      assertThat(summary.gap()).isEqualTo(talk ? new Gap(TALK, 1, 7) : null);
    }
    assertThat(inbox.caughtUp()).isTrue();
    say("live");
    assertThat(inbox.texts()).containsExactly("live");
    ok(session.acknowledge(inbox.lastCursor()));
    session.close();

    Inbox again = new Inbox();
    connect(SyncPolicy.everything().withLatest(3), again);
    assertThat(again.snapshots()).as("nothing new").isEmpty();
    assertThat(again.caughtUp()).isTrue();
  }

  @Test
  @Tag("S4")
  void latestOfNoneBringsOnlyWhereConversationsStand() {
    say("one");
    say("two");
    Inbox inbox = new Inbox();
    connect(SyncPolicy.everything().withLatest(0), inbox);
    ConversationSummary summary = inbox.conversations().get(0);
    assertThat(summary.latest()).isEmpty();
    assertThat(summary.headSeq()).isEqualTo(2);
    assertThat(summary.gap()).isEqualTo(new Gap(TALK, 1, 2));
  }

  @Test
  @Tag("S4")
  void sinceBringsWhatWasAcceptedThenAndAGapForTheRest() {
    for (int i = 1; i <= 5; i++) {
      say("old " + i);
    }
    time.advance(Duration.ofHours(1));
    Instant moment = time.now();
    say("at the moment");
    time.advance(Duration.ofHours(1));
    say("later");
    Inbox inbox = new Inbox();
    connect(SyncPolicy.everything().withSince(moment), inbox);
    assertThat(inbox.snapshots()).isEmpty();
    assertThat(inbox.texts()).containsExactly("at the moment", "later");
    assertThat(inbox.entries())
        .filteredOn(Gap.class::isInstance)
        .containsExactly(new Gap(TALK, 1, 5));
    assertThat(inbox.caughtUp()).isTrue();
    say("live");
    assertThat(inbox.texts()).endsWith("live");
  }

  @Test
  @Tag("S4")
  void aCatchUpStopsAtItsBudgetOfBytes() {
    for (int i = 1; i <= 50; i++) {
      say("x".repeat(1_000));
    }
    Inbox inbox = new Inbox();
    connect(
        SyncPolicy.everything()
            .withPages(5, 1 << 20)
            .withMaxBacklog(ANY_ENTRIES, Duration.ofDays(1), 20_000),
        inbox);
    // Pages as long as they are within the budget, then one snapshot for all that is left.
    assertThat(inbox.logEntries()).hasSize(15);
    assertThat(inbox.snapshots())
        .extracting(Delivery.Snapshot::reason)
        .containsExactly(Reason.TOO_LONG);
    assertThat(inbox.conversations().get(0).headSeq()).isEqualTo(50);
    assertThat(inbox.caughtUp()).isTrue();
    for (int i = 1; i <= 50; i++) {
      say("y".repeat(1_000));
    }
    assertThat(inbox.snapshots()).as("live entries are no backlog").hasSize(1);
    assertThat(inbox.logEntries()).hasSize(65);
  }

  @Test
  @Tag("S4")
  void whatComesWhileADeviceCatchesUpCountsForItsBudget() {
    say("first");
    Inbox inbox = new Inbox(1);
    connect(SyncPolicy.everything().withMaxBacklog(ANY_ENTRIES, Duration.ofDays(1), 20_000), inbox);
    assertThat(inbox.texts()).containsExactly("first");
    for (int i = 1; i <= 50; i++) {
      say("x".repeat(1_000));
    }
    requireNonNull(inbox.subscription).request(Long.MAX_VALUE);
    time.settle();
    assertThat(inbox.snapshots())
        .extracting(Delivery.Snapshot::reason)
        .containsExactly(Reason.TOO_LONG);
    assertThat(inbox.logEntries()).hasSizeLessThan(20);
  }

  @Test
  @Tag("S4")
  void aBacklogOfTooManyEntriesIsASnapshot() {
    for (int i = 1; i <= 10; i++) {
      say("m" + i);
    }
    ok(restante.devices().register(BOB_PHONE, "", ""));
    Inbox few = new Inbox();
    connect(SyncPolicy.everything().withMaxBacklog(10, Duration.ofDays(1), Long.MAX_VALUE), few);
    assertThat(few.snapshots())
        .extracting(Delivery.Snapshot::reason)
        .containsExactly(Reason.TOO_LONG);
    Inbox enough = new Inbox();
    connect(SyncPolicy.everything().withMaxBacklog(11, Duration.ofDays(1), Long.MAX_VALUE), enough);
    assertThat(enough.snapshots()).isEmpty();
    assertThat(enough.texts()).hasSize(10);
  }

  @Test
  @Tag("S4")
  void pagesKeepTheirLimits() {
    for (int i = 1; i <= 30; i++) {
      say("x".repeat(i == 7 ? 20_000 : 1_000));
    }
    Inbox bytes = new Inbox();
    connect(SyncPolicy.everything().withPages(1_000, 5_000), bytes);
    assertThat(bytes.logEntries()).hasSize(30);
    assertThat(bytes.pages())
        .hasSizeBetween(8, 12)
        .allSatisfy(
            page ->
                assertThat(page.entries().size() == 1 || bytes(page) <= 5_000)
                    .as("%d entries, %d bytes", page.entries().size(), bytes(page))
                    .isTrue());
    Inbox entries = new Inbox();
    connect(SyncPolicy.everything().withPages(4, 1 << 20), entries);
    assertThat(entries.logEntries()).hasSize(30);
    assertThat(entries.pages())
        .hasSizeBetween(8, 9)
        .allSatisfy(page -> assertThat(page.entries()).hasSizeLessThanOrEqualTo(4));
  }

  private static long bytes(Delivery.Page page) {
    return page.entries().stream()
        .filter(LogEntry.class::isInstance)
        .mapToLong(entry -> WireCodec.encodeForLog((LogEntry) entry).length)
        .sum();
  }

  @Test
  @Tag("S4")
  void noMoreIsDeliveredThanMayBeUnacknowledged() {
    ok(restante.devices().register(BOB_PHONE, "", ""));
    for (int i = 1; i <= 30; i++) {
      say("m" + i);
    }
    Inbox inbox = new Inbox();
    DeviceSession session =
        connect(SyncPolicy.everything().withPages(4, 1 << 20).withMaxUnacknowledged(10), inbox);
    assertThat(inbox.entries()).hasSize(10);
    ok(session.acknowledge(inbox.pages().get(0).cursor()));
    assertThat(inbox.entries()).hasSize(14);
    for (int i = 0; i < 10; i++) {
      ok(session.acknowledge(inbox.lastCursor()));
    }
    assertThat(inbox.texts()).hasSize(30);
    assertThat(inbox.caughtUp()).isTrue();
    for (int i = 1; i <= 30; i++) {
      say("live " + i);
    }
    assertThat(inbox.texts()).as("it had acknowledged everything").hasSize(40);
  }
}
