package dev.restante.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.cells.CellStore;
import dev.restante.storage.tck.MemoryCells.Form;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
    MemoryCells cells = new MemoryCells(new MemoryCells.Shared(), Form.PARTITIONS, lost);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> CellStore.open(cells))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNAVAILABLE));
    assertThat(lost.happened()).isTrue();
  }

  private static CellProof proof(Form form) {
    return new CellProof(MemoryCells::new, form);
  }

  @ParameterizedTest
  @EnumSource
  void whoeverDiesBeforeWhateverStepTheCommitIsAllOrNothing(Form form) {
    int cases = proof(form).everyDeath();
    System.out.println("deaths: " + cases);
    assertThat(cases).isGreaterThan(500);
  }

  @ParameterizedTest
  @EnumSource
  void whateverStepLandsLateTheOutcomeStands(Form form) {
    int cases = proof(form).everyLateLanding();
    System.out.println("late landings: " + cases);
    assertThat(cases).isGreaterThan(1_000);
  }

  @ParameterizedTest
  @EnumSource
  void whoeverWakesLateUndoesNothing(Form form) {
    int cases = proof(form).everyLateHelper();
    System.out.println("late helpers: " + cases);
    assertThat(cases).isGreaterThan(20);
  }

  /** Neither waits for one who waits for him. */
  @ParameterizedTest
  @EnumSource
  void whoeverWaitsForAnotherIsWaitedForByNobody(Form form) {
    int looks = proof(form).mostLooksInVain(500);
    System.out.println("looks in vain: " + looks);
    assertThat(looks).isBetween(1, CellMutantTest.LOOKS);
  }

  @ParameterizedTest
  @EnumSource
  void inWhateverOrderTheyStepNobodySeesAPart(Form form) {
    CellProof proof = proof(form);
    int cases = proof.ordersInStep(40) + proof.everyOrder() + proof.ordersByChance(1_000);
    System.out.println("orders: " + cases);
    assertThat(cases).isGreaterThan(10_000);
  }
}
