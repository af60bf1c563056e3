package dev.restante;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Refusal;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class BadStoreTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final DeviceId PHONE = ALICE.device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final RestanteOptions.Builder options =
      RestanteOptions.builder().minimumDurability(Durability.VOLATILE);

  @SuppressWarnings("NullAway.Init") // every test starts it first
  private Restante restante;

  @AfterEach
  void stop() {
    restante.close();
  }

  private void start() {
    restante = Restante.builder().storage(storage).options(options.build()).build();
  }

  private void startUp() {
    start();
    awaitState(Health.State.UP);
  }

  private void awaitState(Health.State state) {
    await().until(() -> restante.health().state() == state);
  }

  private static <T> Result<T> get(CompletionStage<Result<T>> stage) {
    try {
      return stage.toCompletableFuture().get(10, SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static Code code(Result<?> result) {
    return result.whyRefused().orElseThrow().code();
  }

  private CompletionStage<Result<Acknowledgement>> submit(String text) {
    return restante.messages().submit(Draft.text(PHONE, TALK, text));
  }

  @Test
  @Tag("O8")
  void aNodeStartsWithTheStoreDownAndTellsSo() {
    storage.unplugged = true;
    start();
    assertThat(code(get(submit("too early")))).isEqualTo(Code.UNAVAILABLE);
    assertThat(restante.health().state()).isEqualTo(Health.State.OPENING);
    storage.unplugged = false;
    awaitState(Health.State.UP);
    assertThat(get(submit("now")).orThrow().seq()).isEqualTo(1);
  }

  @Test
  @Tag("O8")
  void aStoreThatGoesAndComesBackIsAnOrdinaryMatter() {
    startUp();
    Inbox inbox = new Inbox();
    restante.sync().connect(BOB.device("phone"), SyncPolicy.everything(), inbox);
    await().until(inbox::caughtUp);
    get(submit("before")).orThrow();
    storage.unplugged = true;
    await()
        .until(
            () -> {
              assertThat(code(get(submit("lost")))).isEqualTo(Code.UNAVAILABLE);
              return restante.health().state() == Health.State.DOWN;
            });
    storage.unplugged = false;
    awaitState(Health.State.UP);
    get(submit("after")).orThrow();
    await().until(() -> inbox.texts().equals(List.of("before", "after")));
  }

  @Test
  @Tag("M1")
  void aStoreThatPromisesTooLittleIsRefused() {
    options.minimumDurability(Durability.LOCAL);
    start();
    awaitState(Health.State.FAILED);
    assertThat(restante.health().detail())
        .contains("VOLATILE")
        .contains("minimumDurability is LOCAL");
    Result<Acknowledgement> refused = get(submit("no"));
    assertThat(code(refused)).isEqualTo(Code.UNAVAILABLE);
    assertThat(refused.fold(ok -> "", Refusal::detail))
        .isEqualTo("the store is FAILED, Restante.health() says why");
  }

  @Test
  @Tag("O8")
  void countersTellWhatTheStoreRemembers() {
    storage.unplugged = true;
    start();
    assertRememberedNothing(restante.counters());
    storage.unplugged = false;
    awaitState(Health.State.UP);
    assertRemembered(restante.counters());
    restante.close();
    assertRemembered(restante.counters());
    restante =
        Restante.builder()
            .storage(storage)
            .cursors(MemoryStorage.create())
            .options(options.build())
            .build();
    awaitState(Health.State.UP);
    assertRemembered(restante.counters());
  }

  private static void assertRemembered(Counters counters) {
    assertThat(counters.messageCacheHits()).isEqualTo(BadStorage.MESSAGES.hits());
    assertThat(counters.messageCacheMisses()).isEqualTo(BadStorage.MESSAGES.misses());
  }

  private static void assertRememberedNothing(Counters counters) {
    assertThat(counters.messageCacheHits()).isZero();
    assertThat(counters.messageCacheMisses()).isZero();
  }

  @Test
  @Tag("M3")
  void anAnswerThatWasLostIsFoundAgain() {
    startUp();
    storage.losesAnswer = true;
    Acknowledgement acknowledgement = get(submit("once")).orThrow();
    assertThat(acknowledgement.seq()).isEqualTo(1);
    assertThat(acknowledgement.repeat()).isFalse();
    assertThat(restante.counters().unknownCommits()).isEqualTo(1);
    assertThat(
            get(restante.messages().history(ALICE, HistoryQuery.latest(TALK, 10)))
                .orThrow()
                .entries())
        .hasSize(1);
  }

  @Test
  void oneBadMessageFailsAlone() {
    startUp();
    storage.refuses =
        commit ->
            commit.logs().stream()
                .flatMap(log -> log.rows().stream())
                .anyMatch(
                    row -> new String(row.payload(), StandardCharsets.UTF_8).contains("poison"));
    get(submit("warm")).orThrow();
    storage.commits.drainPermits();
    List<CompletionStage<Result<Acknowledgement>>> stages = new ArrayList<>();
    IntStream.range(0, 100).forEach(i -> stages.add(submit(i == 42 ? "poison" : "fine " + i)));
    storage.commits.release(Integer.MAX_VALUE / 2);
    for (int i = 0; i < stages.size(); i++) {
      Result<Acknowledgement> result = get(stages.get(i));
      if (i == 42) {
        assertThat(code(result)).isEqualTo(Code.NOT_STORABLE);
      } else {
        assertThat(result.orThrow().seq()).isEqualTo(i < 42 ? i + 2 : i + 1);
      }
    }
  }

  @Test
  @Tag("M13")
  @Tag("M2")
  void tooMuchIsRefusedAndASessionStaysInOrderUntilItResumes() {
    options.maxQueuedMessages(10);
    startUp();
    DeviceSession session = restante.sync().connect(PHONE, SyncPolicy.everything(), new Inbox());
    storage.commits.drainPermits();
    List<Result<Acknowledgement>> early = new ArrayList<>();
    List<CompletionStage<Result<Acknowledgement>>> stages = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      stages.add(session.submit(Draft.text(PHONE, TALK, "m" + i)));
    }
    storage.commits.release(Integer.MAX_VALUE / 2);
    stages.forEach(stage -> early.add(get(stage)));
    long accepted = early.stream().filter(Result::isOk).count();
    assertThat(accepted).isBetween(8L, 10L);
    assertThat(early.subList(0, (int) accepted)).allMatch(Result::isOk);
    assertThat(code(early.get((int) accepted))).isEqualTo(Code.OVERLOADED);
    assertThat(early.subList((int) accepted + 1, 30))
        .allMatch(result -> code(result) == Code.PREDECESSOR_REFUSED);
    assertThat(code(get(session.submit(Draft.text(PHONE, TALK, "still")))))
        .isEqualTo(Code.PREDECESSOR_REFUSED);
    session.resume(TALK, "again");
    assertThat(code(get(session.submit(Draft.text(PHONE, TALK, "under way", "too early")))))
        .isEqualTo(Code.PREDECESSOR_REFUSED);
    assertThat(get(session.submit(Draft.text(PHONE, TALK, "again", "again"))).isOk()).isTrue();
    // The device's own registration may come and go meanwhile, but nothing stays.
    await()
        .until(
            () -> {
              Counters counters = restante.counters();
              return counters.queuedMessages() == 0 && counters.queuedBytes() == 0;
            });
  }

  @Test
  void closingCompletesEveryStage() {
    startUp();
    get(submit("warm")).orThrow();
    storage.commits.drainPermits();
    List<CompletionStage<Result<Acknowledgement>>> stages = new ArrayList<>();
    IntStream.range(0, 50).forEach(i -> stages.add(submit("m" + i)));
    assertThat(restante.close(Duration.ofMillis(50))).isFalse();
    storage.commits.release(Integer.MAX_VALUE / 2);
    Predicate<Result<?>> told =
        result -> code(result) == Code.OUTCOME_UNKNOWN || code(result) == Code.CLOSED;
    stages.forEach(stage -> assertThat(told).accepts(get(stage)));
    assertThat(code(get(submit("late")))).isEqualTo(Code.CLOSED);
    assertThat(restante.health().state()).isEqualTo(Health.State.CLOSED);
  }

  @Test
  void closingWritesWhatWaits() {
    startUp();
    List<CompletionStage<Result<Acknowledgement>>> stages = new ArrayList<>();
    IntStream.range(0, 500).forEach(i -> stages.add(submit("m" + i)));
    assertThat(restante.close(Duration.ofSeconds(10))).isTrue();
    stages.forEach(stage -> assertThat(get(stage).isOk()).isTrue());
  }
}
