package dev.restante.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.cells.CellStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link CellProof} on the right engine, with partitions as cells and with records apart. */
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

  private static CellProof proof(boolean recordsApart) {
    return new CellProof(MemoryCells::new, recordsApart);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoeverDiesBeforeWhateverStepTheCommitIsAllOrNothing(boolean recordsApart) {
    int cases = proof(recordsApart).everyDeath();
    System.out.println("deaths: " + cases);
    assertThat(cases).isGreaterThan(500);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whateverStepLandsLateTheOutcomeStands(boolean recordsApart) {
    int cases = proof(recordsApart).everyLateLanding();
    System.out.println("late landings: " + cases);
    assertThat(cases).isGreaterThan(1_000);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoeverWakesLateUndoesNothing(boolean recordsApart) {
    int cases = proof(recordsApart).everyLateHelper();
    System.out.println("late helpers: " + cases);
    assertThat(cases).isGreaterThan(20);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void inWhateverOrderTheyStepNobodySeesAPart(boolean recordsApart) {
    int cases = proof(recordsApart).everyOrder(1_000);
    System.out.println("orders: " + cases);
    assertThat(cases).isGreaterThan(10_000);
  }
}
