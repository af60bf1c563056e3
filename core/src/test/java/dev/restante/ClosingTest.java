package dev.restante;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node that is closed while the store does not answer; the host's resources are its own. */
@Tag("O8")
class ClosingTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final DeviceId PHONE = ALICE.device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);
  private static final Duration DEADLINE = HandMade.TICK.multipliedBy(20);

  /** Longer than any pause, shorter than the deadline of a call to the store. */
  private static final Duration PAUSES = Duration.ofSeconds(5);

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final HandMade hand = new HandMade();
  private final Inbox inbox = new Inbox();

  @SuppressWarnings("NullAway.Init") // set before each test
  private Restante restante;

  @SuppressWarnings("NullAway.Init") // set before each test
  private DeviceSession session;

  @BeforeEach
  void deliverOneMessage() {
    restante =
        Restante.builder()
            .storage(storage)
            .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
            .resources(hand.resources())
            .build();
    await().until(() -> restante.health().state() == Health.State.UP);
    session = restante.sync().connect(BOB.device("phone"), SyncPolicy.everything(), inbox);
    // Beginning takes pauses, and here those end when the test says so.
    await()
        .until(
            () -> {
              hand.runTimers(PAUSES);
              return inbox.caughtUp();
            });
    assertThat(get(submit("one")).isOk()).isTrue();
    await().until(() -> inbox.texts().size() == 1);
  }

  @AfterEach
  void release() {
    storage.commits.drainPermits();
    storage.commits.release(1_000);
    restante.close(Duration.ZERO);
    hand.close();
  }

  private CompletionStage<Result<Acknowledgement>> submit(String text) {
    return restante.messages().submit(Draft.text(PHONE, TALK, text));
  }

  private static <T> T get(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(10, SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static Code code(Result<?> result) {
    return result.whyRefused().orElseThrow().code();
  }

  /** How much of the deadline's clock passes while the node is closed. */
  private Duration spentClosing(Duration deadline, boolean drained) {
    long before = hand.nanos.get();
    assertThat(restante.close(deadline)).isEqualTo(drained);
    return Duration.ofNanos(hand.nanos.get() - before);
  }

  @Test
  void messagesAndAcknowledgementsShareOneDeadlineAndAllAreAnswered() {
    storage.commits.drainPermits();
    CompletionStage<Result<Acknowledgement>> message = submit("two");
    CompletionStage<Result<Cursor>> acknowledged = session.acknowledge(inbox.lastCursor());
    // Each part asks the clock a few times more than it waits.
    assertThat(spentClosing(DEADLINE, false))
        .isBetween(DEADLINE, DEADLINE.plus(HandMade.TICK.multipliedBy(6)));
    assertThat(code(get(message))).isEqualTo(Code.OUTCOME_UNKNOWN);
    assertThat(code(get(acknowledged))).isEqualTo(Code.CLOSED);
    assertThat(get(session.ended())).isEqualTo(DeviceSession.End.NODE_CLOSING);
    await().until(() -> inbox.completed);
  }

  @Test
  void anAcknowledgementAloneHasTheDeadlineToo() {
    storage.commits.drainPermits();
    CompletionStage<Result<Cursor>> acknowledged = session.acknowledge(inbox.lastCursor());
    assertThat(spentClosing(DEADLINE, true))
        .isBetween(DEADLINE, DEADLINE.plus(HandMade.TICK.multipliedBy(6)));
    assertThat(code(get(acknowledged))).isEqualTo(Code.CLOSED);
  }

  @Test
  void closingWritesTheAcknowledgementsThatWait() {
    storage.commits.drainPermits();
    CompletionStage<Result<Cursor>> acknowledged = session.acknowledge(inbox.lastCursor());
    storage.commits.release(1_000);
    assertThat(restante.close(Duration.ofMinutes(1))).isTrue();
    assertThat(get(acknowledged).isOk()).isTrue();
  }

  @Test
  void whatTheHostHandedInStaysOpen() throws Exception {
    restante.close(DEADLINE);
    assertThat(hand.calls.isShutdown()).isFalse();
    assertThat(hand.callbacks.isShutdown()).isFalse();
    assertThat(hand.callbacks.submit(() -> "runs").get(10, SECONDS)).isEqualTo("runs");
  }

  @Test
  void closingAgainIsHarmlessAndSaysTheSame() {
    storage.commits.drainPermits();
    CompletionStage<Result<Acknowledgement>> message = submit("two");
    assertThat(restante.close(Duration.ZERO)).isFalse();
    assertThat(spentClosing(DEADLINE, false)).isLessThan(DEADLINE);
    assertThat(code(get(message))).isEqualTo(Code.OUTCOME_UNKNOWN);
    assertThat(restante.health().state()).isEqualTo(Health.State.CLOSED);
    assertThat(code(get(submit("late")))).isEqualTo(Code.CLOSED);
  }
}
