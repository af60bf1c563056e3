package dev.restante;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.api.ClientIds;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.MessageKind;
import dev.restante.api.Payload;
import dev.restante.api.Refusal;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What waits is bounded; what is too much is refused with the value and the limit. */
@Tag("O8")
class BoundedTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final DeviceId PHONE = ALICE.device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE, UserId.of("bob"));
  private static final ConversationId GROUP = ConversationId.group("crew");

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final RestanteOptions.Builder options =
      RestanteOptions.builder().minimumDurability(Durability.VOLATILE);

  @SuppressWarnings("NullAway.Init") // every test starts it first
  private Restante restante;

  @AfterEach
  void stop() {
    for (Semaphore held : List.of(storage.reads, storage.commits)) {
      held.drainPermits();
      held.release(1_000_000);
    }
    restante.close();
  }

  private void start() {
    restante = Restante.builder().storage(storage).options(options.build()).build();
    await().until(() -> restante.health().state() == Health.State.UP);
  }

  private static <T> T get(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(10, SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static Refusal refusal(CompletionStage<? extends Result<?>> stage) {
    return get(stage.thenApply(result -> result.whyRefused().orElseThrow()));
  }

  private CompletionStage<? extends Result<?>> read(int i) {
    return switch (i % 3) {
      case 0 -> restante.messages().history(ALICE, HistoryQuery.latest(TALK, 10));
      case 1 -> restante.conversations().members(ALICE, GROUP);
      default -> restante.devices().list(ALICE);
    };
  }

  private CompletionStage<? extends Result<?>> submit(int bytes) {
    return restante
        .messages()
        .submit(
            Draft.of(
                PHONE,
                TALK,
                ClientIds.system().next(),
                MessageKind.FILE,
                Payload.of(new byte[bytes])));
  }

  @Test
  @Tag("M5")
  void aBodyThatIsTooLargeIsRefusedWithItsSizeAndTheLimit() {
    options.maxBodyBytes(1_000);
    start();
    assertThat(get(submit(1_000)).isOk()).isTrue();
    assertThat(refusal(submit(1_001)))
        .isEqualTo(new Refusal(Code.TOO_LARGE, "the body has 1001 bytes, the limit is 1000"));
    int huge = RestanteOptions.MAX_BODY_BYTES + 1;
    assertThat(refusal(submit(huge)))
        .isEqualTo(
            new Refusal(Code.TOO_LARGE, "the body has " + huge + " bytes, the limit is 1000"));
    assertThat(restante.counters().refused()).isEqualTo(2);
  }

  @Test
  @Tag("M3")
  void whetherALargeBodyIsARepeatIsNotGuessedWhileTheStoreIsAway() {
    options.maxBodyBytes(1_000);
    start();
    storage.unplugged = true;
    assertThat(refusal(submit(1_001)).code()).isEqualTo(Code.UNAVAILABLE);
    storage.unplugged = false;
    assertThat(refusal(submit(1_001)).code()).isEqualTo(Code.TOO_LARGE);
  }

  @Test
  @Tag("M13")
  void tooManyMessagesAreRefusedWithTheirNumberAndTheLimit() {
    options.maxQueuedMessages(3);
    start();
    storage.commits.drainPermits();
    for (int i = 0; i < 3; i++) {
      var unused = submit(10);
    }
    assertThat(refusal(submit(10)))
        .isEqualTo(new Refusal(Code.OVERLOADED, "3 messages wait, the limit is 3"));
    assertThat(restante.counters().overloads()).isEqualTo(1);
  }

  @Test
  @Tag("M13")
  void tooManyBytesAreRefusedWithTheirNumberAndTheLimit() {
    options.maxBodyBytes(1_000).maxQueuedBytes(2_000);
    start();
    storage.commits.drainPermits();
    var unused = submit(1_000);
    long queued = restante.counters().queuedBytes();
    assertThat(queued).isBetween(1_000L, 1_200L);
    assertThat(refusal(submit(1_000)))
        .isEqualTo(
            new Refusal(
                Code.OVERLOADED,
                queued + " bytes wait and this message has " + queued + ", the limit is 2000"));
    assertThat(restante.counters().overloads()).isEqualTo(1);
  }

  @Test
  void readsThatWaitAreBounded() {
    options.maxQueuedReads(30);
    start();
    get(restante.conversations().create(ALICE, GROUP, "Crew", Set.of())).orThrow();
    storage.reads.drainPermits();
    List<CompletionStage<? extends Result<?>>> waiting = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      waiting.add(read(i));
    }
    for (int i = 0; i < 3; i++) {
      assertThat(refusal(read(i)))
          .isEqualTo(new Refusal(Code.OVERLOADED, "30 reads wait, the limit is 30"));
    }
    storage.reads.release(1_000_000);
    waiting.forEach(stage -> assertThat(get(stage).isOk()).isTrue());
    assertThat(get(read(0)).isOk()).isTrue();
  }

  @Test
  void aReadThatIsRefusedTakesNoPlace() {
    options.maxQueuedReads(1);
    start();
    storage.reads.drainPermits();
    CompletionStage<? extends Result<?>> waiting = read(0);
    for (int i = 0; i < 1_000; i++) {
      assertThat(refusal(read(i)).code()).isEqualTo(Code.OVERLOADED);
    }
    restante.close();
    assertThat(refusal(waiting).code()).isEqualTo(Code.CLOSED);
    assertThat(refusal(read(0)).code()).isEqualTo(Code.CLOSED);
  }

  @Test
  @Tag("M2")
  void conversationsThatAreNeverResumedAreBounded() {
    start();
    DeviceSession session = restante.sync().connect(PHONE, SyncPolicy.everything(), new Inbox());
    storage.unplugged = true;
    await()
        .until(
            () -> {
              assertThat(get(read(0)).isOk()).isFalse();
              return restante.health().state() == Health.State.DOWN;
            });
    for (int i = 0; i < 10_000; i++) {
      assertThat(refusal(session.submit(to(i))).code()).isEqualTo(Code.UNAVAILABLE);
    }
    // The same ones again are no more than they were.
    for (int i = 0; i < 10_000; i++) {
      assertThat(refusal(session.submit(to(i))).code()).isEqualTo(Code.PREDECESSOR_REFUSED);
    }
    assertThat(session.ended().toCompletableFuture()).isNotDone();
    assertThat(refusal(session.submit(to(10_000))).code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(get(session.ended())).isEqualTo(DeviceSession.End.UNRESUMED);
    assertThat(refusal(session.submit(to(0))).code()).isEqualTo(Code.SESSION_ENDED);
  }

  private static Draft to(int i) {
    return Draft.text(PHONE, ConversationId.between(ALICE, UserId.of("user " + i)), "hello");
  }
}
