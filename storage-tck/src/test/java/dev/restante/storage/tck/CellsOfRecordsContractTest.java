package dev.restante.storage.tck;

/** The whole contract on the base for engines that change one cell in one step. */
final class CellsOfRecordsContractTest extends StoreContract {
  private final MemoryCells.Harness harness =
      new MemoryCells.Harness(MemoryCells.Form.RECORDS_APART);

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
