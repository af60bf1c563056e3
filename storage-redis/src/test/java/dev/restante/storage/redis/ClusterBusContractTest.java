package dev.restante.storage.redis;

import dev.restante.bus.NodeBus;
import dev.restante.storage.tck.BusContract;
import dev.restante.testredis.RedisCluster;

/** The contract of a bus on a real Redis Cluster. */
final class ClusterBusContractTest extends BusContract {
  @Override
  protected NodeBus bus() {
    return RedisBus.cluster(RedisCluster.shared().uris());
  }

  @Override
  protected NodeBus another() {
    return RedisBus.cluster(RedisCluster.shared().uris()).withChannel("restante:hints.2");
  }
}
