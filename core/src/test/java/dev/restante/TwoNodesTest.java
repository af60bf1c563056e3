package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.storage.Commit;
import dev.restante.storage.Durability;
import dev.restante.storage.LogAppend;
import dev.restante.storage.Storage;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two nodes that write to the same conversations and do not hear of each other. */
@Tag("O6")
class TwoNodesTest {
  private static final UserId ANN = UserId.of("ann");
  private static final int TALKS = 5;

  /** How many batches stay locked once one that was locked met another node. */
  private static final int LOCKED_AFTER_A_MEETING = 8;

  /** And how many at most. */
  private static final int LONGEST_RUN = 64;

  private final MemoryStorage storage = MemoryStorage.create();
  private final ByHand hand = new ByHand(1);
  private final ByHand otherHand = new ByHand(2);
  private final Restante one = node(hand);
  private final Restante other = node(otherHand);

  private Restante node(ByHand resources) {
    return node(resources, storage);
  }

  private static Restante node(ByHand resources, Storage where) {
    return node(
        resources,
        where,
        RestanteOptions.builder().minimumDurability(Durability.VOLATILE).writers(1).build());
  }

  private static Restante node(ByHand resources, Storage where, RestanteOptions options) {
    Restante node =
        Restante.builder().storage(where).options(options).resources(resources.resources()).build();
    resources.settleAll();
    return node;
  }

  /** A message to each conversation, written together. */
  private static List<Acknowledgement> toAll(Restante node, ByHand hand) {
    List<CompletionStage<Result<Acknowledgement>>> sent = new ArrayList<>();
    for (int i = 0; i < TALKS; i++) {
      ConversationId talk = ConversationId.between(ANN, UserId.of("user" + i));
      sent.add(node.messages().submit(Draft.text(ANN.device("phone"), talk, "hello")));
    }
    hand.settleAll();
    for (int i = 0; i < 10; i++) {
      hand.pass(Duration.ofMillis(100)); // whoever gave way waits a little
      hand.settleAll();
    }
    assertThat(sent).allMatch(each -> each.toCompletableFuture().isDone());
    return sent.stream().map(each -> each.toCompletableFuture().join().orThrow()).toList();
  }

  /** The first batch of a node loads; what is counted begins after it. */
  @BeforeEach
  void bothKnowAll() {
    toAll(one, hand);
    toAll(other, otherHand);
  }

  private static void assertAt(List<Acknowledgement> all, long seq) {
    assertThat(all).extracting(Acknowledgement::seq).containsOnly(seq);
  }

  /** The first message is written at once and alone, the others together when that is done. */
  @Test
  void aBatchThatMetTheOtherIsLockedAndWrittenAgainAndTheNextIsLockedFromTheBeginning() {
    Counters before = one.counters();
    assertAt(toAll(one, hand), 3);
    Counters after = one.counters();
    assertThat(after.conflicts() - before.conflicts()).isEqualTo(1);
    assertThat(after.lockedCommits() - before.lockedCommits()).isEqualTo(2);
    assertThat(after.commits() - before.commits()).isEqualTo(2);
  }

  @Test
  void whoeverMeetsTheOtherAgainLocksMoreOfTheNext() {
    assertAt(toAll(one, hand), 3);
    assertAt(toAll(other, otherHand), 4);
    assertAt(toAll(one, hand), 5);
    Counters before = one.counters();
    for (long i = 3; i < 6; i++) {
      assertAt(toAll(other, otherHand), 2 * i);
      assertAt(toAll(one, hand), 2 * i + 1);
    }
    Counters after = one.counters();
    assertThat(after.conflicts()).isEqualTo(before.conflicts());
    assertThat(after.lockedCommits() - before.lockedCommits()).isEqualTo(6);
  }

  /** As a database does that ends one of two transactions which wait for each other. */
  @Test
  void whoeverLosesAgainAndAgainLocksWhateverTheStoreSaysOfWhy() {
    BadStorage bad = new BadStorage(storage);
    ByHand thirdHand = new ByHand(3);
    try (Restante third = node(thirdHand, bad)) {
      toAll(third, thirdHand);
      Counters before = third.counters();
      bad.vagueConflicts.set(5);
      toAll(third, thirdHand);
      Counters after = third.counters();
      assertThat(bad.vagueConflicts.get()).isPositive();
      assertThat(after.lockedCommits()).isGreaterThan(before.lockedCommits());
    }
  }

  /** Whoever has larger batches than the others would always lose to them. */
  @Test
  @Tag("M2")
  void whoeverIsOutrunAgainAndAgainWritesLessAtATimeAndLosesNothing() {
    BadStorage bad = new BadStorage(storage);
    ByHand thirdHand = new ByHand(3);
    try (Restante third = node(thirdHand, bad)) {
      toAll(third, thirdHand);
      toAll(one, hand);
      bad.plansInVain = 4;
      List<CompletionStage<Result<Acknowledgement>>> sent = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        ConversationId talk = ConversationId.between(ANN, UserId.of("user" + i % 2));
        sent.add(third.messages().submit(Draft.text(ANN.device("phone"), talk, "hello")));
      }
      Counters before = third.counters();
      bad.written.clear();
      thirdHand.settleAll();
      List<Acknowledgement> told =
          sent.stream().map(each -> each.toCompletableFuture().join().orThrow()).toList();
      for (int i = 0; i < 40; i++) {
        // Each talk has four messages before: of both, of the third, and of the first one again.
        assertThat(told.get(i).seq()).as("message %d", i).isEqualTo(5 + i / 2);
      }
      // The first one is written alone, and of 39 two; once nothing is locked they double.
      assertThat(bad.written.stream().map(each -> each.dedups().size()).toList())
          .startsWith(1, 2, 1, 1)
          .endsWith(1, 2, 4, 8, 15);
      assertThat(third.counters().conflicts() - before.conflicts()).isEqualTo(1);
    }
  }

  /**
   * One message at two nodes, which plan it at the same number and so that it is forgotten in the
   * same millisecond: nodes keep messages for times that differ by up to a second, and these two
   * have clocks that differ by as much.
   */
  @Test
  @Tag("M2")
  void whatTheOtherNodeWroteIsNotTakenForAnAttemptOfOnesOwn() {
    BadStorage bad = new BadStorage(storage);
    BadStorage ahead = new BadStorage(storage);
    ByHand thirdHand = new ByHand(3);
    ByHand fourthHand = new ByHand(4);
    try (Restante third = node(thirdHand, bad);
        Restante fourth = node(fourthHand, ahead)) {
      toAll(third, thirdHand);
      toAll(fourth, fourthHand);
      fourthHand.stepClock(
          Duration.between(fourthHand.now(), thirdHand.now())
              .plusMillis(keptMillis(bad) - keptMillis(ahead)));
      List<CompletionStage<Result<Acknowledgement>>> told = new ArrayList<>();
      bad.insteadOfLocked =
          () -> {
            told.add(fourth.messages().submit(same()));
            fourthHand.settleAll();
          };
      CompletionStage<Result<Acknowledgement>> here = third.messages().submit(same());
      thirdHand.settleAll();
      Acknowledgement there = told.get(0).toCompletableFuture().join().orThrow();
      Acknowledgement repeat = here.toCompletableFuture().join().orThrow();
      assertThat(there.repeat()).isFalse();
      assertThat(repeat.seq()).isEqualTo(there.seq());
      assertThat(repeat.serverTime()).isEqualTo(there.serverTime());
      assertThat(repeat.repeat()).isTrue();
    }
  }

  /** For how long a node has its messages remembered. */
  private static long keptMillis(BadStorage storage) {
    Commit last = storage.written.get(storage.written.size() - 1);
    return last.dedups().get(0).expiresAtMillis() - last.nowMillis();
  }

  private static Draft same() {
    return Draft.text(
        ANN.device("phone"), ConversationId.between(ANN, UserId.of("user0")), "same", "hello");
  }

  /** What a store remembers while it is locked is looked at, too. */
  @Test
  void whoeverVerifiesHeadsVerifiesThoseOfLockedCommits() {
    BadStorage bad = new BadStorage(storage);
    ByHand thirdHand = new ByHand(3);
    RestanteOptions.Builder verifying =
        RestanteOptions.builder()
            .minimumDurability(Durability.VOLATILE)
            .writers(1)
            .verifyHeads(true);
    try (Restante third = node(thirdHand, bad, verifying.build())) {
      toAll(third, thirdHand);
      toAll(other, otherHand);
      Counters before = third.counters();
      bad.written.clear();
      toAll(third, thirdHand);
      assertThat(third.counters().lockedCommits()).isGreaterThan(before.lockedCommits());
      assertThat(bad.written)
          .isNotEmpty()
          .allSatisfy(commit -> assertThat(commit.logs()).allMatch(LogAppend::verify));
    }
  }

  /** He may have heard, while he waited, of all that the other wrote. */
  @Test
  void whoeverHasToWaitForOthersLocksOnUntilHeWaitsNoMore() {
    BadStorage busy = new BadStorage(storage);
    busy.contended = true;
    ByHand thirdHand = new ByHand(3);
    Restante third = node(thirdHand, busy);
    toAll(third, thirdHand);
    toAll(other, otherHand);
    toAll(third, thirdHand);
    Counters before = third.counters();
    for (int i = 0; i < 100; i++) {
      toAll(third, thirdHand);
    }
    Counters after = third.counters();
    assertThat(after.lockedCommits() - before.lockedCommits())
        .isEqualTo(after.commits() - before.commits())
        .isGreaterThan(LONGEST_RUN);
    busy.contended = false;
    for (int i = 0; i < LONGEST_RUN; i++) {
      toAll(third, thirdHand);
    }
    before = third.counters();
    toAll(third, thirdHand);
    assertThat(third.counters().lockedCommits()).isEqualTo(before.lockedCommits());
  }

  @Test
  void whoeverIsAloneAgainLocksNoMore() {
    assertAt(toAll(one, hand), 3);
    // The first is written alone and meets the other, and so do the rest, which are locked.
    int rounds = (LOCKED_AFTER_A_MEETING + 1) / 2;
    for (int i = 0; i < rounds; i++) {
      assertAt(toAll(one, hand), 4 + i);
    }
    Counters before = one.counters();
    for (int i = rounds; i < rounds + 15; i++) {
      assertAt(toAll(one, hand), 4 + i);
    }
    assertThat(one.counters().lockedCommits()).isEqualTo(before.lockedCommits());
    assertThat(one.counters().conflicts()).isEqualTo(before.conflicts());
  }
}
