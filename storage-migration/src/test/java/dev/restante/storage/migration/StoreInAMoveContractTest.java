package dev.restante.storage.migration;

import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;

final class StoreInAMoveContractTest extends StoreContract {
  private final StoreHarness harness = new MovingHarness(MovePhase.COPY);

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
