package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.UserId;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two nodes on one store, and the clock of one is wrong. */
class ClockTest {
  private static final UserId ANN = UserId.of("ann");
  private static final UserId BOB = UserId.of("bob");
  private static final Duration SWEEP = Duration.ofSeconds(46);
  private static final Duration EIGHT_DAYS = Duration.ofDays(8);

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final ByHand right = new ByHand();
  private final ByHand wrong = new ByHand(2);
  private final Restante good = node(right);
  private final Restante bad = node(wrong);

  private Restante node(ByHand hand) {
    Restante restante =
        Restante.builder()
            .storage(storage)
            .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
            .resources(hand.resources())
            .build();
    hand.settleAll();
    return restante;
  }

  private static Acknowledgement submit(Restante to, ByHand hand, String clientId) {
    ConversationId talk = ConversationId.between(ANN, BOB);
    var stage = to.messages().submit(Draft.text(ANN.device("phone"), talk, clientId, "hello"));
    hand.settleAll();
    return stage.toCompletableFuture().join().orThrow();
  }

  /**
   * Until it sweeps, or long enough for that, and for the node to take the work from one that
   * stands still.
   */
  private void sweep(ByHand hand) {
    storage.sweeps.clear();
    for (long seconds = 0; seconds < SWEEP.toSeconds() && storage.sweeps.isEmpty(); seconds++) {
      pass(hand, Duration.ofSeconds(1));
    }
  }

  private static void pass(ByHand hand, Duration time) {
    for (long seconds = 0; seconds < time.toSeconds(); seconds++) {
      hand.pass(Duration.ofSeconds(1));
      hand.settleAll();
    }
  }

  @Test
  @Tag("M3")
  void aClockThatJumpedAheadTakesNobodysWindow() {
    Acknowledgement first = submit(good, right, "id");
    sweep(wrong);
    wrong.stepClock(EIGHT_DAYS);
    for (int i = 0; i < 10; i++) {
      sweep(wrong);
      assertThat(storage.sweeps).isEmpty();
    }
    assertThat(bad.counters().clockSkews()).isEqualTo(1);
    Acknowledgement again = submit(good, right, "id");
    assertThat(again.repeat()).isTrue();
    assertThat(again.seq()).isEqualTo(first.seq());
  }

  @Test
  void sweepingGoesOnWhenTheClockIsRightAgain() {
    wrong.stepClock(EIGHT_DAYS);
    sweep(wrong);
    assertThat(storage.sweeps).isEmpty();
    wrong.stepClock(EIGHT_DAYS.negated());
    sweep(wrong);
    assertThat(storage.sweeps).hasSize(1);
  }

  @Test
  void aMachineThatSleptIsBelievedAfterAnHour() {
    wrong.stepClock(EIGHT_DAYS);
    pass(wrong, Duration.ofMinutes(59));
    assertThat(storage.sweeps).isEmpty();
    pass(wrong, Duration.ofMinutes(1));
    sweep(wrong);
    assertThat(storage.sweeps).hasSize(1);
    assertThat(bad.counters().clockSkews()).isEqualTo(1);
  }

  @Test
  void aSecondJumpIsDoubtedAnew() {
    wrong.stepClock(Duration.ofHours(1));
    sweep(wrong);
    pass(wrong, Duration.ofMinutes(50));
    wrong.stepClock(EIGHT_DAYS);
    sweep(wrong);
    pass(wrong, Duration.ofMinutes(30));
    assertThat(storage.sweeps).isEmpty();
    assertThat(bad.counters().clockSkews()).isEqualTo(2);
  }

  @Test
  void aSweepLeavesRoomForClocksThatDiffer() {
    sweep(right);
    assertThat(storage.sweeps)
        .containsExactly(right.now().minus(Duration.ofMinutes(10)).toEpochMilli());
    right.stepClock(Duration.ofHours(-5));
    sweep(right);
    assertThat(storage.sweeps).hasSize(1);
    assertThat(good.counters().clockSkews()).isZero();
  }

  @Test
  void aConversationFromTheFutureIsNoticed() {
    wrong.stepClock(Duration.ofSeconds(50));
    submit(bad, wrong, "a little ahead");
    submit(good, right, "not worth a word");
    assertThat(good.counters().clockSkews()).isZero();
    wrong.stepClock(EIGHT_DAYS);
    Acknowledgement ahead = submit(bad, wrong, "far ahead");
    Acknowledgement pinned = submit(good, right, "now");
    assertThat(pinned.serverTime()).isEqualTo(ahead.serverTime());
    assertThat(good.counters().clockSkews()).isEqualTo(1);
  }
}
