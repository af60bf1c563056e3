package dev.restante.storage.redis;

import dev.restante.bus.NodeBus;
import dev.restante.storage.tck.BusContract;
import dev.restante.testredis.RedisProcess;

/** The contract of a bus on a real Redis. */
final class RedisBusContractTest extends BusContract {
  @Override
  protected NodeBus bus() {
    return RedisBus.at(RedisProcess.shared().uri());
  }

  @Override
  protected NodeBus another() {
    return RedisBus.at(RedisProcess.shared().uri()).withChannel("restante:hints.2");
  }
}
