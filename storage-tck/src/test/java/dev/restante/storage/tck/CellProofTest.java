package dev.restante.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.cells.CellStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * {@link CellProof} on the right engine, with partitions as cells and with records apart, and with
 * cells that are taken all at once.
 */
@Tag("O4")
final class CellProofTest {
  /** Whoever opens next repairs again, so nothing depends on what became of a step. */
  @Test
  void openingIsNeverInDoubt() {
    CellFaults lost = CellFaults.late(0, 0);
    MemoryCells cells = new MemoryCells(new MemoryCells.Shared(), false, lost);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> CellStore.open(cells))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNAVAILABLE));
    assertThat(lost.happened()).isTrue();
  }

  /** What engines may be like. */
  private enum Kind {
    PARTITIONS,
    RECORDS_APART,
    ALL_AT_ONCE;

    CellProof proof() {
      CellProof.Making making = this == ALL_AT_ONCE ? EagerCells::new : MemoryCells::new;
      return new CellProof(making, this == RECORDS_APART);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoeverDiesBeforeWhateverStepTheCommitIsAllOrNothing(Kind kind) {
    int cases = kind.proof().everyDeath();
    System.out.println("deaths: " + cases);
    assertThat(cases).isGreaterThan(500);
  }

  @ParameterizedTest
  @EnumSource
  void whateverStepLandsLateTheOutcomeStands(Kind kind) {
    int cases = kind.proof().everyLateLanding();
    System.out.println("late landings: " + cases);
    assertThat(cases).isGreaterThan(1_000);
  }

  @ParameterizedTest
  @EnumSource
  void whoeverWakesLateUndoesNothing(Kind kind) {
    int cases = kind.proof().everyLateHelper();
    System.out.println("late helpers: " + cases);
    assertThat(cases).isGreaterThan(20);
  }

  /** Neither waits for one who waits for him. */
  @ParameterizedTest
  @EnumSource
  void whoeverWaitsForAnotherIsWaitedForByNobody(Kind kind) {
    int looks = kind.proof().mostLooksInVain(500);
    System.out.println("looks in vain: " + looks);
    assertThat(looks).isBetween(1, 15);
  }

  /** What is special about it is seen by those who want the same cells. */
  @Test
  void inWhateverOrderTheyTakeAllAtOnceNobodySeesAPart() {
    int cases = Kind.ALL_AT_ONCE.proof().everyOrderOfWriters(500);
    System.out.println("orders: " + cases);
    assertThat(cases).isGreaterThan(3_000);
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "ALL_AT_ONCE")
  void inWhateverOrderTheyStepNobodySeesAPart(Kind kind) {
    int cases = kind.proof().everyOrder(1_000);
    System.out.println("orders: " + cases);
    assertThat(cases).isGreaterThan(10_000);
  }
}
