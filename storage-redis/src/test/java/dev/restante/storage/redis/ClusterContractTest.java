package dev.restante.storage.redis;

import dev.restante.storage.Storage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;
import dev.restante.testredis.RedisCluster;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The contract on a real Redis Cluster of three masters and three replicas, which are waited for;
 * each test has its own keys.
 */
final class ClusterContractTest extends StoreContract {
  private static final AtomicInteger PLACES = new AtomicInteger();

  private final StoreHarness harness =
      new StoreHarness() {
        private String prefix = "none";

        @Override
        public Storage storage() {
          return RedisStorage.cluster(RedisCluster.shared().uris())
              .withPrefix(prefix)
              .waitingForReplicas(1, Duration.ofSeconds(2));
        }

        @Override
        public String engine() {
          return "Redis "
              + RedisCluster.shared().masters().get(0).version()
              + ", a cluster of 3 masters and 3 replicas";
        }

        @Override
        public void wipe() {
          prefix = "cells" + PLACES.incrementAndGet();
        }
      };

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
