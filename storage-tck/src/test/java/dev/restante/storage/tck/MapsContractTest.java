package dev.restante.storage.tck;

/** The whole contract on the base for ordered maps, where what is read is remembered. */
final class MapsContractTest extends StoreContract {
  private final MemoryMaps.Harness harness = new MemoryMaps.Harness(MemoryMaps::new, 1_000);

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
