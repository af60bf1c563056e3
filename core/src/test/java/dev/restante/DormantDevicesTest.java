package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Gap;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.ConversationSummary;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.Delivery.Snapshot.Reason;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Devices that were not seen for long. */
@Tag("S10")
class DormantDevicesTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final DeviceId ALICE_PHONE = ALICE.device("phone");
  private static final DeviceId AWAKE = BOB.device("phone");
  private static final DeviceId SLEEPER = BOB.device("tablet in a drawer");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);
  private static final Duration DORMANT_AFTER = Duration.ofDays(30);
  private static final Duration A_MOMENT = Duration.ofSeconds(5);

  private final ManualTime time = new ManualTime();
  private Restante restante;

  @BeforeEach
  void start() {
    restante =
        Restante.builder()
            .storage(MemoryStorage.create())
            .options(
                RestanteOptions.builder()
                    .minimumDurability(Durability.VOLATILE)
                    .dormantAfter(DORMANT_AFTER)
                    .build())
            .resources(time.resources())
            .build();
    assertThat(time.get(restante.opened()).state()).isEqualTo(Health.State.UP);
    ok(restante.devices().register(AWAKE, "", ""));
    ok(restante.devices().register(SLEEPER, "", ""));
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

  private DeviceSession connect(DeviceId device, Inbox inbox) {
    DeviceSession session = restante.sync().connect(device, SyncPolicy.everything(), inbox);
    time.advance(A_MOMENT);
    assertThat(inbox.caughtUp()).isTrue();
    return session;
  }

  /** Connects, takes everything, acknowledges it, and goes; then the trimmer has its turn. */
  private Inbox visit(DeviceId device) {
    Inbox inbox = new Inbox();
    DeviceSession session = connect(device, inbox);
    ok(session.acknowledge(inbox.lastCursor()));
    session.close();
    time.advance(A_MOMENT);
    return inbox;
  }

  private long trimmed() {
    return restante.counters().trimmedRows();
  }

  @Test
  void aDormantDeviceHoldsNothingBackAndComesBackThroughASnapshot() {
    visit(AWAKE);
    visit(SLEEPER);
    say("one");
    say("two");
    say("three");
    visit(AWAKE);
    long before = trimmed();

    time.jump(DORMANT_AFTER.minusDays(1));
    say("four");
    visit(AWAKE);
    assertThat(trimmed()).as("while the sleeper counts").isEqualTo(before);

    time.jump(Duration.ofDays(2));
    say("five");
    visit(AWAKE);
    assertThat(trimmed()).as("once it is dormant").isEqualTo(before + 5);

    Inbox back = new Inbox();
    DeviceSession session = connect(SLEEPER, back);
    assertThat(back.snapshots())
        .extracting(Delivery.Snapshot::reason)
        .containsExactly(Reason.TOO_LONG);
    ConversationSummary summary = back.conversations().get(0);
    assertThat(summary.latest()).extracting(LogEntry::seq).containsExactly(5L);
    Gap gap = summary.gap();
    assertThat(gap).isEqualTo(new Gap(TALK, 1, 4));
    assertThat(back.entries()).isEmpty();
    assertThat(history(1, 4)).containsExactly("one", "two", "three", "four");

    ok(session.acknowledge(back.lastCursor()));
    say("six");
    assertThat(back.texts()).containsExactly("six");
    session.close();
    visit(AWAKE);
    assertThat(trimmed()).as("while it counts again").isEqualTo(before + 5);
    assertThat(visit(SLEEPER).texts()).containsExactly("six");
    assertThat(trimmed()).isEqualTo(before + 6);
  }

  private List<String> history(long from, long to) {
    List<String> texts = new ArrayList<>();
    HistoryQuery query = new HistoryQuery(TALK, from, to, false, 100);
    ok(restante.messages().history(BOB, query))
        .entries()
        .forEach(entry -> texts.add(((Message) entry).body().asText()));
    return texts;
  }

  @Test
  @Tag("S2")
  void aUserWithOnlyDormantDevicesKeepsEverything() {
    visit(AWAKE);
    visit(SLEEPER);
    long before = trimmed();
    say("one");
    Inbox inbox = new Inbox();
    DeviceSession session = connect(AWAKE, inbox);
    ok(session.acknowledge(inbox.lastCursor()));
    session.close();
    // What was acknowledged is looked at a moment later, and by then nobody is awake any more.
    time.jump(DORMANT_AFTER.plusDays(1));
    say("two");
    time.advance(A_MOMENT);
    assertThat(trimmed()).isEqualTo(before);

    Inbox back = visit(SLEEPER);
    assertThat(back.snapshots()).isEmpty();
    assertThat(back.texts()).containsExactly("one", "two");
  }

  @Test
  void aDeviceThatStaysConnectedDoesNotFallAsleep() {
    visit(AWAKE);
    visit(SLEEPER);
    Inbox idle = new Inbox();
    connect(SLEEPER, idle);
    for (int day = 0; day <= DORMANT_AFTER.toDays(); day++) {
      time.jump(Duration.ofDays(1));
      time.advance(A_MOMENT);
    }
    long before = trimmed();
    say("one");
    visit(AWAKE);
    assertThat(idle.texts()).containsExactly("one");
    assertThat(trimmed()).as("it has not acknowledged").isEqualTo(before);
  }
}
