package dev.restante.storage.mongo;

import dev.restante.storage.Storage;
import dev.restante.storage.tck.StoreContract;
import dev.restante.storage.tck.StoreHarness;
import dev.restante.testmongo.WireServer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The contract on the wire server, or on what {@code -Drestante.mongo.uri} names; each test has
 * collections of its own.
 */
final class MongoContractTest extends StoreContract {
  private static final @Nullable String URI = System.getProperty("restante.mongo.uri");
  private static final AtomicInteger PLACES = new AtomicInteger();

  private final StoreHarness harness =
      new StoreHarness() {
        private String prefix = "none";

        @Override
        public Storage storage() {
          return MongoStorage.at(URI == null ? WireServer.shared().uri() : URI).withPrefix(prefix);
        }

        @Override
        public String engine() {
          return URI == null ? WireServer.NAME : "MongoDB of restante.mongo.uri";
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
