package dev.restante.storage.migration;

import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;

final class StoreBeforeAMoveContractTest extends StoreContract {
  private final StoreHarness harness = new MovingHarness(MovePhase.BEFORE);

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
