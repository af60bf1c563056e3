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
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two direct conversations keep both writers busy for ever, one message a commit and never both
 * idle at once; who needs streams of both must get his turn all the same.
 */
@Tag("M13")
class StarvationTest {
  private static final int BOUND = 20;
  private static final UserId ANN = UserId.of("ann");
  private static final UserId BOB = UserId.of("bob");
  private static final UserId CAT = UserId.of("cat");
  private static final UserId DAN = UserId.of("dan");
  private static final ConversationId CREW = ConversationId.group("crew");

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final ByHand hand = new ByHand();
  private Restante restante = node(2, 1);

  private int messages;

  private Restante node(int writers, int batchRows) {
    return Restante.builder()
        .storage(storage)
        .options(
            RestanteOptions.builder()
                .minimumDurability(Durability.VOLATILE)
                .writers(writers)
                .batchRows(batchRows)
                .build())
        .resources(hand.resources())
        .build();
  }

  private CompletableFuture<? extends Result<?>> submit(UserId from, ConversationId to) {
    return restante
        .messages()
        .submit(Draft.text(from.device("phone"), to, "m" + messages++))
        .toCompletableFuture();
  }

  private void done(CompletionStage<? extends Result<?>> stage) {
    hand.settleAll();
    assertThat(stage.toCompletableFuture()).isDone();
    assertThat(stage.toCompletableFuture().join().isOk()).isTrue();
  }

  private void createCrew(int others) {
    Set<UserId> members = new LinkedHashSet<>(List.of(ANN, CAT));
    IntStream.range(0, others).forEach(i -> members.add(UserId.of("member" + i)));
    done(restante.conversations().create(ANN, CREW, "crew", members));
  }

  /** The hot conversations, and whether both can be written at once. */
  private record Load(ConversationId one, ConversationId other, boolean apart) {}

  private static final Load APART =
      new Load(ConversationId.between(ANN, BOB), ConversationId.between(CAT, DAN), true);

  /** Ends one commit after the other, while more is submitted, until all of the stages end. */
  private int commitsUntil(Load load, List<CompletableFuture<? extends Result<?>>> stages) {
    for (int commits = 0; commits < 2_000; commits++) {
      if (stages.stream().allMatch(CompletableFuture::isDone)) {
        assertThat(stages).allMatch(stage -> stage.join().isOk());
        return commits;
      }
      feed(load);
      hand.run(Kind.COMMIT);
      hand.settle();
    }
    return Integer.MAX_VALUE;
  }

  private void feed(Load load) {
    var one = submit(load.one.pair().get(0), load.one);
    var other = submit(load.other.pair().get(0), load.other);
    assertThat(List.of(one, other)).noneMatch(CompletableFuture::isDone);
    hand.settle();
  }

  private void begin(Load load) {
    hand.settleAll();
    done(submit(load.one.pair().get(0), load.one));
    done(submit(load.other.pair().get(0), load.other));
    for (int i = 0; i < 10; i++) {
      feed(load);
    }
    assertThat(hand.waiting(Kind.COMMIT)).isEqualTo(load.apart ? 2 : 1);
  }

  @Test
  void aLargeGroupGetsItsTurn() {
    hand.settleAll();
    createCrew(200);
    begin(APART);
    assertThat(commitsUntil(APART, List.of(submit(CAT, CREW)))).isLessThan(BOUND);
  }

  @Test
  void aGroupThatNobodyKnowsYetGetsItsTurn() {
    begin(APART);
    var creation =
        restante
            .conversations()
            .create(ANN, CREW, "crew", Set.of(BOB, CAT, DAN))
            .toCompletableFuture();
    assertThat(commitsUntil(APART, List.of(creation))).isLessThan(BOUND);
  }

  @Test
  void theDevicesOfABusyUserGetTheirTurn() {
    Load load = new Load(ConversationId.between(ANN, BOB), ConversationId.between(ANN, DAN), false);
    begin(load);
    var device = restante.devices().register(ANN.device("tablet"), "x", "y").toCompletableFuture();
    assertThat(commitsUntil(load, List.of(device))).isLessThan(BOUND);
  }

  @Test
  void manyThatNeedTheSameGetTheirTurnOneAfterTheOther() {
    hand.settleAll();
    List<ConversationId> groups = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ConversationId group = ConversationId.group("crew" + i);
      done(restante.conversations().create(ANN, group, "crew", Set.of(BOB, CAT, DAN)));
      groups.add(group);
    }
    begin(APART);
    List<CompletableFuture<? extends Result<?>>> stages = new ArrayList<>();
    groups.forEach(group -> stages.add(submit(CAT, group)));
    stages.add(restante.devices().register(ANN.device("tablet"), "x", "y").toCompletableFuture());
    assertThat(commitsUntil(APART, stages)).isLessThan(5 * BOUND);
  }

  /** Many that need the same streams, calls that end in any order: everybody gets his turn. */
  @RepeatedTest(100)
  void nobodyWaitsForEver(RepetitionInfo seed) {
    Random chance = new Random(seed.getCurrentRepetition());
    restante = node(2, 1 + chance.nextInt(10));
    hand.settleAll();
    int users = 3 + chance.nextInt(6);
    List<CompletableFuture<? extends Result<?>>> stages = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      if (chance.nextBoolean()) {
        UserId from = UserId.of("user" + chance.nextInt(users));
        UserId to = UserId.of("user" + chance.nextInt(users));
        stages.add(submit(from, ConversationId.between(from, to)));
      } else {
        Kind kind = chance.nextBoolean() ? Kind.COMMIT : Kind.READ;
        if (hand.waiting(kind) > 0) {
          hand.run(kind);
        }
      }
    }
    hand.settleAll();
    assertThat(stages).allMatch(CompletableFuture::isDone).allMatch(stage -> stage.join().isOk());
    assertThat(restante.counters().queuedMessages()).isZero();
  }

  @RepeatedTest(8)
  void nothingIsHeldBackForWorksThatWereRefused(RepetitionInfo commits) {
    hand.settleAll();
    createCrew(3);
    begin(APART);
    var message = submit(CAT, CREW);
    for (int i = 1; i < commits.getCurrentRepetition(); i++) {
      feed(APART);
      hand.run(Kind.COMMIT);
    }
    // Wherever it stands now, what it needs to know is forgotten and cannot be read again.
    storage.unplugged = true;
    hand.run(Kind.COMMIT);
    hand.settle();
    storage.unplugged = false;
    hand.settleAll();
    assertThat(message).isDone();
    done(submit(ANN, APART.one));
    done(submit(CAT, APART.other));
    done(submit(CAT, CREW));
    assertThat(restante.counters().queuedMessages()).isZero();
  }
}
