package dev.restante.storage.tck;

import dev.restante.bus.LocalBus;
import dev.restante.bus.NodeBus;

final class LocalBusContractTest extends BusContract {
  private final LocalBus bus = LocalBus.create();

  @Override
  protected NodeBus bus() {
    return bus;
  }

  @Override
  protected NodeBus another() {
    return LocalBus.create();
  }
}
