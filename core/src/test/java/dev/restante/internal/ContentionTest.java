package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

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
