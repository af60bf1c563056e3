package dev.restante.storage.tck;

/** The mutants differ from this store in one thing each, so it must keep every rule. */
final class NaiveStoreContractTest extends StoreContract {
  private final NaiveHarness harness = new NaiveHarness(NaiveStore::new);

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
