package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.StoreCalls.Kind;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What one device sends keeps its order where the first of it is refused for a passing reason. */
@Tag("M2")
class SenderOrderTest {
  private static final UserId ANN = UserId.of("ann");
  private static final UserId BOB = UserId.of("bob");
  private static final DeviceId BOB_PHONE = BOB.device("phone");
  private static final ConversationId CREW = ConversationId.group("crew");
  private static final Draft ONE = Draft.text(BOB_PHONE, CREW, "one");
  private static final Draft TWO = Draft.text(BOB_PHONE, CREW, "two");
  private static final Draft THREE = Draft.text(BOB_PHONE, CREW, "three");

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final ByHand hand = new ByHand();
  private final Restante restante = node(hand);
  private final DeviceSession session =
      restante.sync().connect(BOB_PHONE, SyncPolicy.everything(), new Inbox());

  private Restante node(ByHand resources) {
    Restante node =
        Restante.builder()
            .storage(storage)
            .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
            .resources(resources.resources())
            .build();
    resources.settleAll();
    return node;
  }

  @BeforeEach
  void begin() {
    hand.settleAll();
  }

  private <T> Result<T> result(CompletionStage<Result<T>> stage) {
    hand.settleAll();
    CompletableFuture<Result<T>> future = stage.toCompletableFuture();
    assertThat(future).isDone();
    return future.join();
  }

  private Code code(CompletionStage<Result<Acknowledgement>> stage) {
    return result(stage).whyRefused().orElseThrow().code();
  }

  private void assertAccepted(Draft draft, long seq) {
    assertThat(result(session.submit(draft)).orThrow().seq()).isEqualTo(seq);
  }

  /**
   * A stranger's message may be the repeat of one that was accepted, so the store is asked. When
   * that fails and he becomes a member meanwhile, what he sent after it must not be accepted first.
   */
  @Test
  void whatAStrangerSentIsNotOvertakenWhileTheStoreIsAsked() {
    result(restante.conversations().create(ANN, CREW, "crew", Set.of())).orThrow();
    storage.dedupsUnplugged = true;
    var one = session.submit(ONE);
    var added = restante.conversations().add(ANN, CREW, Set.of(BOB));
    var two = session.submit(TWO);
    assertThat(code(one)).isEqualTo(Code.UNAVAILABLE);
    assertThat(code(two)).isEqualTo(Code.PREDECESSOR_REFUSED);
    assertThat(result(added).orThrow().seq()).as("others go on").isEqualTo(2);
    storage.dedupsUnplugged = false;
    session.resume(CREW, ONE.clientId());
    assertAccepted(ONE, 3);
    assertAccepted(TWO, 4);
  }

  @Test
  void othersGoOnWhenAStrangerWasRefused() {
    result(restante.conversations().create(ANN, CREW, "crew", Set.of())).orThrow();
    var one = session.submit(ONE);
    var added = restante.conversations().add(ANN, CREW, Set.of(BOB));
    var two = session.submit(TWO);
    assertThat(code(one)).isEqualTo(Code.NOT_A_MEMBER);
    assertThat(result(added).orThrow().seq()).isEqualTo(2);
    assertThat(result(two).orThrow().seq()).as("a refusal for good stops nobody").isEqualTo(3);
  }

  /** Whether the first was written is not known, so he repeats it, and may be a member by then. */
  @Test
  void whatAStrangerMayHaveWrittenIsNotOvertaken() {
    ByHand otherHand = new ByHand();
    Restante other = node(otherHand);
    result(restante.conversations().create(ANN, CREW, "crew", Set.of(BOB))).orThrow();
    storage.inCommit =
        () -> {
          var removed = other.conversations().remove(ANN, CREW, Set.of(BOB));
          otherHand.settleAll();
          assertThat(removed.toCompletableFuture().join().isOk()).isTrue();
          storage.losesAnswer = true;
        };
    assertThat(code(session.submit(ONE))).isEqualTo(Code.OUTCOME_UNKNOWN);
    result(restante.conversations().add(ANN, CREW, Set.of(BOB))).orThrow();
    assertThat(code(session.submit(TWO))).isEqualTo(Code.PREDECESSOR_REFUSED);
    session.resume(CREW, ONE.clientId());
    assertAccepted(ONE, 4);
    assertAccepted(TWO, 5);
    assertAccepted(THREE, 6);
  }

  @Test
  void closingEndsWhatAStrangerSentAndWhatWaitsForIt() {
    result(restante.conversations().create(ANN, CREW, "crew", Set.of())).orThrow();
    var one = session.submit(ONE);
    // His devices and the group are loaded, then he is found to be a stranger.
    hand.run(Kind.READ);
    var two = session.submit(TWO);
    assertThat(hand.waiting(Kind.READ)).as("the store is asked").isEqualTo(1);
    assertThat(one.toCompletableFuture()).isNotDone();
    restante.close(Duration.ZERO);
    assertThat(code(one)).isIn(Code.CLOSED, Code.UNAVAILABLE);
    assertThat(code(two)).isEqualTo(Code.CLOSED);
  }
}
