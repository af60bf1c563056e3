package dev.restante.internal;

import static dev.restante.internal.Contention.mostWorks;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O6")
class ContentionTest {
  private final Contention contention = new Contention();

  /** How many batches are locked until one is not. */
  private int run() {
    int run = 0;
    while (contention.isHigh()) {
      contention.locked();
      run++;
    }
    return run;
  }

  @Test
  void nothingIsLockedWhereNobodyWasMet() {
    contention.passed();
    assertThat(run()).isZero();
  }

  @Test
  void whoeverMeetsOthersAgainAndAgainLocksMoreAndMore() {
    contention.met();
    assertThat(run()).isEqualTo(1);
    contention.met();
    assertThat(run()).isEqualTo(Contention.GROWTH);
    for (int i = 0; i < 10; i++) {
      contention.met();
      assertThat(run()).isEqualTo(Contention.LONGEST_RUN);
    }
  }

  @Test
  void whoeverIsMetByABatchThatIsLockedKeepsTheNextOnesLocked() {
    contention.met();
    contention.met();
    for (int i = 0; i < 100; i++) {
      contention.locked();
      contention.met();
    }
    assertThat(run()).isEqualTo(Contention.LONGEST_RUN);
  }

  @Test
  void itLastsOnceTheLongestRunBegan() {
    contention.met();
    contention.locked();
    contention.met();
    assertThat(contention.isLasting()).isFalse();
    contention.met();
    assertThat(contention.isLasting()).isTrue();
    run();
    assertThat(contention.isLasting()).isFalse();
  }

  @Test
  void aPlanThatIsAskedForAgainAndAgainHasFewerAndFewerWorks() {
    assertThat(IntStream.of(0, 1, 2, 3, 4, 5, 6, 7, 1_000).map(nth -> mostWorks(400, nth)))
        .containsExactly(400, 400, 400, 100, 25, 6, 1, 1, 1);
    assertThat(mostWorks(Integer.MAX_VALUE, 3)).isEqualTo(Integer.MAX_VALUE / 4);
    assertThat(mostWorks(1, 0)).isEqualTo(1);
  }

  @Test
  void batchesAreAsSmallThenAndDoubleWithEachFullOne() {
    assertThat(contention.mostWorks()).isEqualTo(Integer.MAX_VALUE);
    contention.committed(400, 400);
    assertThat(contention.mostWorks()).isEqualTo(Integer.MAX_VALUE);
    contention.committed(6, 400);
    assertThat(contention.mostWorks()).isEqualTo(6);
    contention.committed(5, 5);
    assertThat(contention.mostWorks()).isEqualTo(6);
    contention.committed(6, 6);
    assertThat(contention.mostWorks()).isEqualTo(12);
    for (int i = 0; i < 100; i++) {
      contention.committed(contention.mostWorks(), contention.mostWorks());
    }
    assertThat(contention.mostWorks()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void oneThatPassesEndsIt() {
    contention.met();
    run();
    contention.met();
    run();
    contention.passed();
    contention.met();
    assertThat(run()).isEqualTo(1);
  }

  @Test
  void oneThatWasBegunBeforeTheOthersSaysNothing() {
    contention.met();
    run();
    contention.met();
    contention.passed();
    assertThat(run()).isEqualTo(Contention.GROWTH);
    contention.met();
    assertThat(run()).isEqualTo(Contention.LONGEST_RUN);
  }
}
