package dev.restante.storage.redis;

import dev.restante.storage.Storage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;
import dev.restante.testredis.RedisProcess;
import java.util.concurrent.atomic.AtomicInteger;

/** The contract on a real Redis that forces each write to its disk; each test has its own keys. */
final class RedisContractTest extends StoreContract {
  private static final AtomicInteger PLACES = new AtomicInteger();

  private final StoreHarness harness =
      new StoreHarness() {
        private String prefix = "none";

        @Override
        public Storage storage() {
          return RedisStorage.at(RedisProcess.shared().uri()).withPrefix(prefix);
        }

        @Override
        public String engine() {
          return "Redis " + RedisProcess.shared().version() + ", one server";
        }

        @Override
        public void wipe() {
          prefix = "place" + PLACES.incrementAndGet();
        }
      };

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
