package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.StoreCalls.Kind;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryQuery;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A failover to a replica that lags, under commits that wait, with the options' defaults. */
@Tag("M2")
class FailoverTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final ByHand hand = new ByHand();
  private final List<String> losses = new ArrayList<>();
  private final RestanteListener listener =
      new RestanteListener() {
        @Override
        public void storeLostWrites(String what, long had, long has) {
          losses.add(had + " -> " + has);
        }
      };

  private final Restante restante =
      Restante.builder()
          .storage(storage)
          .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
          .resources(hand.resources())
          .listener(listener)
          .build();

  @BeforeEach
  void tenMessages() {
    hand.settleAll();
    for (int i = 1; i <= 10; i++) {
      var stage = submit("m" + i);
      hand.settleAll();
      assertThat(get(stage).orThrow().seq()).isEqualTo(i);
    }
  }

  private CompletionStage<Result<Acknowledgement>> submit(String text) {
    return restante.messages().submit(Draft.text(ALICE.device("phone"), TALK, text));
  }

  private static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  /** The store goes away, somebody notices, and a replica without the last messages takes over. */
  private void failOver(int lost) {
    storage.unplugged = true;
    var read = restante.messages().history(BOB, HistoryQuery.latest(TALK, 1));
    hand.run(Kind.READ);
    assertThat(get(read).isOk()).isFalse();
    storage.unplugged = false;
    storage.lose(lost);
  }

  private List<Long> numbers() {
    var read = restante.messages().history(BOB, HistoryQuery.latest(TALK, 100));
    hand.settleAll();
    return get(read).orThrow().entries().stream().map(LogEntry::seq).sorted().toList();
  }

  @Test
  void aCommitThatWaitsForAThreadLeavesNoGap() {
    var late = submit("late");
    hand.settle();
    assertThat(hand.waiting(Kind.COMMIT)).isEqualTo(1);
    failOver(4);
    hand.settleAll();
    assertThat(get(late).orThrow().seq()).isEqualTo(7);
    assertThat(numbers()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertThat(losses).contains("10 -> 6");
  }

  @Test
  void aGapBehindACommitThatWaitedForAConnectionIsTold() {
    var late = submit("late");
    storage.inCommit = () -> failOver(4);
    hand.settleAll();
    assertThat(get(late).isOk()).isTrue();
    assertThat(losses).contains("10 -> 9");
  }

  @Test
  void whatIsNotMissingIsNotToldAsLost() {
    var late = submit("late");
    storage.inCommit = () -> failOver(0);
    hand.settleAll();
    assertThat(get(late).orThrow().seq()).isEqualTo(11);
    assertThat(losses).isEmpty();
  }

  @Test
  void theLookBehindIsRepeatedWhileTheStoreIsAway() {
    submit("late");
    storage.inCommit = () -> failOver(4);
    hand.run(Kind.COMMIT);
    storage.unplugged = true;
    hand.settleAll();
    assertThat(losses).isEmpty();
    storage.unplugged = false;
    hand.pass(java.time.Duration.ofSeconds(2));
    hand.settleAll();
    assertThat(losses).contains("10 -> 9");
  }
}
