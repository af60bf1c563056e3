package dev.restante.storage.tck;

/** The whole contract on the base for ordered maps, where nothing is remembered. */
final class ForgetfulMapsContractTest extends StoreContract {
  private final MemoryMaps.Harness harness = new MemoryMaps.Harness(MemoryMaps::new, 0);

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
