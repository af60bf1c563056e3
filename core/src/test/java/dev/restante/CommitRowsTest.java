package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.StoreCalls.Kind;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** A store that takes the fewest rows in a commit that are allowed, and insists on it. */
class CommitRowsTest {
  private static final int LEAST = 1_000;
  private static final UserId ANN = UserId.of("ann");

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final ByHand hand = new ByHand();

  private Restante open(int maxGroupMembers) {
    storage.maxCommitRows = LEAST;
    Restante restante =
        Restante.builder()
            .storage(storage)
            .options(
                RestanteOptions.builder()
                    .minimumDurability(Durability.VOLATILE)
                    .maxGroupMembers(maxGroupMembers)
                    .writers(1)
                    .batchRows(100_000)
                    .build())
            .resources(hand.resources())
            .build();
    hand.settleAll();
    return restante;
  }

  private static Set<UserId> members(int others) {
    Set<UserId> members = new LinkedHashSet<>();
    for (int i = 0; i < others; i++) {
      members.add(UserId.of("member" + i));
    }
    return members;
  }

  private void allDone(List<? extends CompletionStage<? extends Result<?>>> stages) {
    hand.settleAll();
    assertThat(stages).allMatch(stage -> stage.toCompletableFuture().join().isOk());
    assertThat(storage.tooLargeCommits).hasValue(0);
  }

  @Test
  void theLargestGroupIsCreatedAndTalkedIn() {
    Restante restante = open(499);
    ConversationId crew = ConversationId.group("crew");
    allDone(List.of(restante.conversations().create(ANN, crew, "crew", members(498))));
    List<CompletionStage<? extends Result<?>>> stages = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      stages.add(restante.messages().submit(Draft.text(ANN.device("phone"), crew, "m" + i)));
    }
    stages.add(restante.conversations().setTitle(ANN, crew, "the crew"));
    stages.add(restante.conversations().remove(ANN, crew, members(200)));
    stages.add(restante.conversations().add(ANN, crew, members(100)));
    allDone(stages);
    assertThat(restante.counters().refused()).isZero();
  }

  @Test
  void manySmallWorksThatGatheredAreWrittenInCommitsThatFit() {
    Restante restante = open(3);
    List<CompletionStage<? extends Result<?>>> stages = new ArrayList<>();
    stages.add(submit(restante, 0));
    hand.settle();
    // One commit is under way; the rest gathers.
    for (int i = 1; i <= 1_000; i++) {
      stages.add(submit(restante, i));
      UserId user = UserId.of("user" + i);
      stages.add(restante.devices().register(user.device("phone"), "x", "y"));
      stages.add(
          restante
              .conversations()
              .create(user, ConversationId.group("crew" + i), "crew", Set.of(ANN)));
    }
    hand.settle();
    assertThat(hand.waiting(Kind.COMMIT)).isEqualTo(1);
    allDone(stages);
    assertThat(restante.counters().commits()).isLessThan(50);
  }

  private static CompletableFuture<? extends Result<?>> submit(Restante restante, int to) {
    UserId user = UserId.of("user" + to);
    return restante
        .messages()
        .submit(Draft.text(ANN.device("phone"), ConversationId.between(ANN, user), "m" + to))
        .toCompletableFuture();
  }

  @Test
  void aNodeDoesNotStartOnAStoreThatCannotTakeItsLargestWork() {
    Restante restante = open(500);
    assertThat(restante.health().state()).isEqualTo(Health.State.FAILED);
    assertThat(restante.health().detail()).contains("1000").contains("1002").contains("500");
  }
}
