package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.StoreCalls.Kind;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Batches that end at once, thousands of them one after the other: a stack must not hold them. */
@Tag("O8")
class ManyBatchesTest {
  private static final int MANY = 20_000;
  private static final UserId ANN = UserId.of("ann");

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final ByHand hand = new ByHand();
  private final Restante restante =
      Restante.builder()
          .storage(storage)
          .options(
              RestanteOptions.builder()
                  .minimumDurability(Durability.VOLATILE)
                  .maxQueuedMessages(2 * MANY)
                  .cachedStreams(4 * MANY)
                  .batchRows(1)
                  .build())
          .resources(hand.resources())
          .build();

  private CompletableFuture<Result<Acknowledgement>> submit(UserId from, ConversationId to) {
    return restante
        .messages()
        .submit(Draft.text(from.device("phone"), to, "hi"))
        .toCompletableFuture();
  }

  private static Code code(CompletableFuture<Result<Acknowledgement>> stage) {
    assertThat(stage).isDone();
    return stage.join().whyRefused().orElseThrow().code();
  }

  private void assertGoesOn() {
    var last = submit(ANN, ConversationId.between(ANN, UserId.of("bob")));
    hand.settleAll();
    assertThat(last).isDone();
    assertThat(last.join().orThrow().seq()).isEqualTo(1);
    assertThat(restante.counters().queuedMessages()).isZero();
  }

  @Test
  void allThatWaitsIsRefusedWhenTheStoreGoesDown() {
    hand.settleAll();
    List<CompletableFuture<Result<Acknowledgement>>> stages = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      UserId user = UserId.of("user" + i);
      stages.add(submit(user, ConversationId.between(user, user)));
    }
    hand.settle();
    assertThat(hand.waiting(Kind.COMMIT)).isPositive();
    storage.unplugged = true;
    hand.settleAll();
    assertThat(restante.health().state()).isEqualTo(Health.State.DOWN);
    assertThat(stages).allMatch(stage -> code(stage) == Code.UNAVAILABLE);
    storage.unplugged = false;
    hand.pass(Duration.ofSeconds(1));
    hand.settleAll();
    assertGoesOn();
  }

  @Test
  void allThatStrangersSentIsRefused() {
    hand.settleAll();
    List<CompletableFuture<Result<Acknowledgement>>> stages = new ArrayList<>();
    ConversationId crew = ConversationId.group("crew");
    var created = restante.conversations().create(ANN, crew, "crew", Set.of());
    hand.settleAll();
    assertThat(created.toCompletableFuture().join().isOk()).isTrue();
    for (int i = 0; i < MANY; i++) {
      stages.add(submit(UserId.of("user" + i), crew));
      stages.add(submit(UserId.of("user" + i), ConversationId.group("group" + i)));
    }
    hand.settleAll();
    assertThat(stages).allMatch(s -> Set.of(Code.NOT_A_MEMBER, Code.NOT_FOUND).contains(code(s)));
    assertGoesOn();
  }
}
