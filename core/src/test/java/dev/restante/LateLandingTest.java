package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A commit under lock that lands after it was given up, and is planned only then. */
@Tag("M3")
class LateLandingTest {
  private static final UserId ANN = UserId.of("ann");
  private static final UserId BOB = UserId.of("bob");
  private static final ConversationId TALK = ConversationId.between(ANN, BOB);

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final ByHand hand = new ByHand();
  private final ByHand otherHand = new ByHand();
  private final Restante restante = node(hand);
  private final Restante other = node(otherHand);

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

  private static Acknowledgement done(CompletionStage<Result<Acknowledgement>> stage, ByHand hand) {
    for (int i = 0; i < 20; i++) {
      hand.settleAll();
      hand.pass(Duration.ofMillis(50));
    }
    assertThat(stage.toCompletableFuture()).isDone();
    return stage.toCompletableFuture().join().orThrow();
  }

  /** The other node is always faster, until this one locks. */
  private void interfere() {
    Draft draft = Draft.text(BOB.device("phone"), TALK, "in between");
    done(other.messages().submit(draft), otherHand);
    storage.inCommit = this::interfere;
  }

  @Test
  void isNoRepeatOfWhatItWrote() {
    storage.inCommit = this::interfere;
    storage.landsLater = true;
    Draft draft = Draft.text(ANN.device("phone"), TALK, "once");
    assertThat(done(restante.messages().submit(draft), hand).repeat()).isFalse();
    assertThat(restante.counters().lockedCommits()).isEqualTo(2);
    assertThat(restante.counters().unknownCommits()).isEqualTo(1);
  }
}
