package dev.restante;

import static dev.restante.api.Refusal.Code.DEVICE_BARRED;
import static dev.restante.api.Refusal.Code.ID_REUSED;
import static dev.restante.api.Refusal.Code.NOT_A_MEMBER;
import static dev.restante.api.Refusal.Code.TOO_LARGE;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.Member;
import dev.restante.api.MembershipChanged;
import dev.restante.api.MessageKind;
import dev.restante.api.Payload;
import dev.restante.api.Refusal;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.Device;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RestanteTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final UserId CAROL = UserId.of("carol");
  private static final DeviceId ALICE_PHONE = ALICE.device("phone");
  private static final DeviceId BOB_PHONE = BOB.device("phone");
  private static final DeviceId BOB_TABLET = BOB.device("tablet");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);

  private final MemoryStorage storage = MemoryStorage.create();
  private Restante restante;

  @BeforeEach
  void start() {
    restante = node();
  }

  @AfterEach
  void stop() {
    restante.close();
  }

  private Restante node() {
    Restante node =
        Restante.builder()
            .storage(storage)
            .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
            .build();
    assertThat(get(node.opened()).state()).isEqualTo(Health.State.UP);
    return node;
  }

  private static <T> T get(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(10, SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static <T> T ok(CompletionStage<Result<T>> stage) {
    return get(stage).orThrow();
  }

  private static Refusal.Code refused(CompletionStage<? extends Result<?>> stage) {
    return get(stage.thenApply(result -> result.whyRefused().orElseThrow().code()));
  }

  private DeviceSession connect(DeviceId device, Inbox inbox) {
    return restante.sync().connect(device, SyncPolicy.everything(), inbox);
  }

  @Test
  @Tag("M1")
  @Tag("S1")
  @Tag("S5")
  void aMessageWaitsForTheDeviceThatWasAway() {
    Acknowledgement first = ok(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, "one")));
    Acknowledgement second = ok(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, "two")));
    assertThat(first.seq()).isEqualTo(1);
    assertThat(second.seq()).isEqualTo(2);
    assertThat(first.repeat()).isFalse();

    Inbox inbox = new Inbox();
    DeviceSession session = connect(BOB_PHONE, inbox);
    await().until(inbox::caughtUp);
    assertThat(inbox.texts()).containsExactly("one", "two");

    ok(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, "three")));
    await().until(() -> inbox.texts().size() == 3);
    ok(session.acknowledge(inbox.lastCursor()));
    session.close();
    await().until(() -> inbox.completed);
    assertThat(get(session.ended())).isEqualTo(DeviceSession.End.CLOSED);

    Inbox again = new Inbox();
    connect(BOB_PHONE, again);
    await().until(again::caughtUp);
    assertThat(again.texts()).isEmpty();
    await().until(() -> restante.counters().trimmedRows() >= 3);
  }

  @Test
  @Tag("S3")
  void aNewDeviceThatAcknowledgedItsSnapshotGoesOnFromThere() {
    ok(restante.devices().register(BOB_PHONE, "", ""));
    Inbox first = new Inbox();
    DeviceSession session = connect(BOB_TABLET, first);
    await().until(first::caughtUp);
    assertThat(first.snapshot().orElseThrow().reason())
        .isEqualTo(Delivery.Snapshot.Reason.NEW_DEVICE);
    ok(session.acknowledge(first.lastCursor()));
    session.close();
    ok(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, "one")));
    ok(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, "two")));

    Inbox again = new Inbox();
    connect(BOB_TABLET, again);
    await().until(again::caughtUp);
    assertThat(again.snapshot()).isEmpty();
    assertThat(again.texts()).containsExactly("one", "two");
  }

  @Test
  @Tag("M3")
  void aRepeatGetsTheFirstAcknowledgementOnAnyNode() {
    Draft draft = Draft.text(ALICE_PHONE, TALK, "same id", "hello");
    Acknowledgement first = ok(restante.messages().submit(draft));
    Acknowledgement repeat = ok(restante.messages().submit(draft));
    assertThat(repeat).isEqualTo(new Acknowledgement(TALK, 1, first.serverTime(), true));
    assertThat(
            refused(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, "same id", "other"))))
        .isEqualTo(ID_REUSED);
    try (Restante other = node()) {
      assertThat(ok(other.messages().submit(draft)).repeat()).isTrue();
    }
  }

  @Test
  @Tag("M2")
  void twoNodesOnOneConversationLeaveNoGap() {
    try (Restante other = node()) {
      List<CompletionStage<Result<Acknowledgement>>> stages = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        Restante node = i % 2 == 0 ? restante : other;
        stages.add(node.messages().submit(Draft.text(ALICE_PHONE, TALK, "m" + i)));
      }
      Set<Long> seqs = new java.util.TreeSet<>();
      stages.forEach(stage -> seqs.add(ok(stage).seq()));
      assertThat(seqs).hasSize(200).contains(1L, 200L);

      Inbox inbox = new Inbox();
      connect(BOB_PHONE, inbox);
      await().until(inbox::caughtUp);
      assertThat(inbox.logEntries().stream().map(LogEntry::seq).toList())
          .isSorted()
          .doesNotHaveDuplicates()
          .hasSize(200);
    }
  }

  @Test
  @Tag("S10")
  void aSecondDeviceBeginsWithASnapshotAndThenSeesWhatItsUserSends() {
    Inbox phone = new Inbox();
    connect(BOB_PHONE, phone);
    // Otherwise the tablet may be the first device, which gets all there is.
    await().until(phone::caughtUp);
    ok(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, "old")));
    Inbox tablet = new Inbox();
    connect(BOB_TABLET, tablet);
    await().until(tablet::caughtUp);
    assertThat(tablet.snapshot().orElseThrow().reason())
        .isEqualTo(Delivery.Snapshot.Reason.NEW_DEVICE);
    assertThat(tablet.snapshot().orElseThrow().conversations()).hasSize(1);

    ok(restante.messages().submit(Draft.text(BOB_PHONE, TALK, "from my phone")));
    await().until(() -> tablet.texts().contains("from my phone"));
  }

  @Test
  @Tag("S10")
  void aRevokedDeviceIsToldAndStaysOut() {
    Inbox inbox = new Inbox();
    DeviceSession session = connect(BOB_PHONE, inbox);
    await().until(inbox::caughtUp);
    Device revoked = ok(restante.devices().revoke(BOB, BOB_PHONE));
    assertThat(revoked.id()).isEqualTo(BOB_PHONE);
    assertThat(get(session.ended())).isEqualTo(DeviceSession.End.REVOKED);
    assertThat(get(connect(BOB_PHONE, new Inbox()).ended())).isEqualTo(DeviceSession.End.REVOKED);
    assertThat(refused(restante.messages().submit(Draft.text(BOB_PHONE, TALK, "stolen"))))
        .isEqualTo(DEVICE_BARRED);
    try (Restante other = node()) {
      ok(other.messages().submit(Draft.text(BOB_TABLET, TALK, "from another one")));
      ok(other.devices().register(BOB_TABLET, "ios", "Bob's tablet"));
      ok(other.messages().submit(Draft.text(BOB_TABLET, TALK, "before")));
      ok(restante.devices().revoke(BOB, BOB_TABLET));
      assertThat(refused(other.messages().submit(Draft.text(BOB_TABLET, TALK, "after"))))
          .isEqualTo(DEVICE_BARRED);
    }
    ok(restante.devices().register(BOB_PHONE, "android", "Bob's phone"));
    Inbox again = new Inbox();
    connect(BOB_PHONE, again);
    await().until(again::caughtUp);
  }

  @Test
  @Tag("S10")
  void aSecondSessionOfADeviceTakesOverAlsoFromAnotherNode() {
    Inbox inbox = new Inbox();
    DeviceSession first = connect(BOB_PHONE, inbox);
    await().until(inbox::caughtUp);
    Inbox anew = new Inbox();
    DeviceSession second = connect(BOB_PHONE, anew);
    assertThat(get(first.ended())).isEqualTo(DeviceSession.End.REPLACED);
    // Else it may claim the device after the session on the other node did.
    await().until(anew::caughtUp);
    try (Restante other = node()) {
      Inbox there = new Inbox();
      other.sync().connect(BOB_PHONE, SyncPolicy.everything(), there);
      await().until(there::caughtUp);
      assertThat(get(second.ended())).isEqualTo(DeviceSession.End.REPLACED);
    }
  }

  @Test
  @Tag("S3")
  void whatADeviceBroughtItselfIsOnRecordOnceItIsAcknowledged() {
    ok(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, "kept")));
    Inbox first = new Inbox();
    DeviceSession session = connect(BOB_PHONE, first);
    await().until(first::caughtUp);
    session.close();

    Inbox resumed = new Inbox();
    DeviceSession second =
        restante
            .sync()
            .connect(BOB_PHONE, SyncPolicy.everything().resumeAt(first.lastCursor()), resumed);
    await().until(resumed::caughtUp);
    assertThat(resumed.entries()).isEmpty();
    ok(second.acknowledge(first.lastCursor()));
    second.close();

    Inbox third = new Inbox();
    connect(BOB_PHONE, third);
    await().until(third::caughtUp);
    assertThat(third.entries()).isEmpty();
  }

  @Test
  @Tag("O6")
  void whatAnotherNodeWroteArrivesByThePoll() {
    Inbox inbox = new Inbox();
    connect(BOB_PHONE, inbox);
    await().until(inbox::caughtUp);
    try (Restante other = node()) {
      ok(other.messages().submit(Draft.text(ALICE_PHONE, TALK, "from there")));
    }
    await().until(() -> inbox.texts().contains("from there"));
  }

  @Test
  @Tag("G1")
  @Tag("G3")
  void aGroupTellsItsMembersWhatHappened() {
    ConversationId group = ConversationId.group("crew");
    ok(restante.conversations().create(ALICE, group, "Crew", Set.of(BOB)));
    ok(restante.messages().submit(Draft.text(ALICE_PHONE, group, "hi")));
    ok(restante.conversations().add(ALICE, group, Set.of(CAROL)));
    ok(restante.messages().submit(Draft.text(CAROL.device("pc"), group, "hello")));
    ok(restante.conversations().remove(ALICE, group, Set.of(BOB)));
    assertThat(refused(restante.messages().submit(Draft.text(BOB_PHONE, group, "late"))))
        .isEqualTo(NOT_A_MEMBER);

    Inbox inbox = new Inbox();
    connect(BOB_PHONE, inbox);
    await().until(inbox::caughtUp);
    List<LogEntry> told = inbox.logEntries();
    assertThat(told).hasSize(5);
    assertThat(((MembershipChanged) told.get(4)).change())
        .isEqualTo(MembershipChanged.Change.REMOVED);
    assertThat(ok(restante.conversations().members(CAROL, group)))
        .extracting(Member::user)
        .containsExactly(ALICE, CAROL);
    assertThat(ok(restante.messages().history(BOB, HistoryQuery.latest(group, 10))).entries())
        .hasSize(5);
    assertThat(
            refused(restante.messages().history(UserId.of("eve"), HistoryQuery.latest(group, 10))))
        .isEqualTo(NOT_A_MEMBER);
  }

  @Test
  @Tag("G3")
  void historyIsReadPageByPageBothWays() {
    for (int i = 1; i <= 7; i++) {
      ok(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, "m" + i)));
    }
    assertThat(pages(HistoryQuery.latest(TALK, 3)))
        .containsExactly(List.of(7L, 6L, 5L), List.of(4L, 3L, 2L), List.of(1L));
    assertThat(pages(HistoryQuery.after(TALK, 2, 3)))
        .containsExactly(List.of(3L, 4L, 5L), List.of(6L, 7L));
    assertThat(pages(new HistoryQuery(TALK, 2, 4, true, 2)))
        .containsExactly(List.of(4L, 3L), List.of(2L));
    assertThat(pages(HistoryQuery.before(TALK, 1, 3))).containsExactly(List.of());
    assertThat(pages(HistoryQuery.after(TALK, 7, 3))).containsExactly(List.of());
  }

  private List<List<Long>> pages(HistoryQuery first) {
    List<List<Long>> pages = new ArrayList<>();
    for (Optional<HistoryQuery> next = Optional.of(first); next.isPresent(); ) {
      HistoryPage page = ok(restante.messages().history(BOB, next.get()));
      pages.add(page.entries().stream().map(LogEntry::seq).toList());
      next = page.next();
    }
    return pages;
  }

  @Test
  @Tag("M5")
  void aBodyAboveTheLimitIsRefused() {
    Draft draft =
        Draft.of(ALICE_PHONE, TALK, "big", MessageKind.FILE, Payload.of(new byte[64 * 1024 + 1]));
    assertThat(refused(restante.messages().submit(draft))).isEqualTo(TOO_LARGE);
  }

  @Test
  @Tag("M3")
  void aRepeatIsNotRefusedBecauseTheLimitWasLoweredMeanwhile() {
    Draft accepted = Draft.text(ALICE_PHONE, TALK, "same id", "x".repeat(100));
    Draft other = Draft.text(ALICE_PHONE, TALK, "same id", "y".repeat(100));
    Draft fresh = Draft.text(ALICE_PHONE, TALK, "another id", "x".repeat(100));
    Acknowledgement first = ok(restante.messages().submit(accepted));
    Acknowledgement repeat = new Acknowledgement(TALK, 1, first.serverTime(), true);
    try (HandMade hand = new HandMade();
        Restante strict =
            Restante.builder()
                .storage(storage)
                .options(
                    RestanteOptions.builder()
                        .minimumDurability(Durability.VOLATILE)
                        .maxBodyBytes(50)
                        .build())
                .resources(hand.resources())
                .build()) {
      get(strict.opened());
      assertThat(ok(strict.messages().submit(accepted))).isEqualTo(repeat);
      DeviceSession session =
          strict.sync().connect(ALICE_PHONE, SyncPolicy.everything(), new Inbox());
      assertThat(ok(session.submit(accepted))).isEqualTo(repeat);
      assertThat(refused(strict.messages().submit(other))).isEqualTo(ID_REUSED);
      assertThat(refused(session.submit(fresh))).isEqualTo(TOO_LARGE);
      assertThat(strict.counters().repeats()).isEqualTo(2);
      assertThat(strict.counters().refused()).isEqualTo(2);
      hand.ahead = Duration.ofDays(8);
      assertThat(refused(strict.messages().submit(accepted))).isEqualTo(TOO_LARGE);
    }
  }

  @Test
  @Tag("S4")
  void aSlowDeviceGetsAsMuchAsItAsksFor() {
    for (int i = 0; i < 50; i++) {
      ok(restante.messages().submit(Draft.text(ALICE_PHONE, TALK, "m" + i)));
    }
    Inbox inbox = new Inbox(1);
    restante.sync().connect(BOB_PHONE, SyncPolicy.everything().withPages(10, 1 << 20), inbox);
    await().until(() -> inbox.texts().size() == 10);
    java.util.Objects.requireNonNull(inbox.subscription).request(2);
    await().until(() -> inbox.texts().size() == 30);
    assertThat(inbox.caughtUp()).isFalse();
  }
}
