package dev.restante.storage.mongo;

import dev.restante.bus.NodeBus;
import dev.restante.storage.tck.BusContract;
import dev.restante.testmongo.WireServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract of a bus on the wire server, or on what {@code -Drestante.mongo.uri} names. */
final class MongoBusContractTest extends BusContract {
  private static @Nullable WireServer server;
  private static String uri = System.getProperty("restante.mongo.uri", "");

  @BeforeAll
  static void start() {
    if (uri.isEmpty()) {
      server = WireServer.withChangeStreams();
      uri = server.uri();
    }
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Override
  protected NodeBus bus() {
    return MongoBus.at(uri);
  }

  @Override
  protected NodeBus another() {
    return MongoBus.at(uri).withCollection("restante_hints_2");
  }
}
