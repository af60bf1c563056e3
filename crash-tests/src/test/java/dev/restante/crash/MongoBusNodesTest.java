package dev.restante.crash;

import dev.restante.storage.Storage;
import dev.restante.storage.mongo.MongoBus;
import dev.restante.storage.mongo.MongoStorage;
import dev.restante.testmongo.WireServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two nodes that tell each other what they did over change streams, of a server in memory. What it
 * held is gone when it comes back, so the store is in another one.
 */
@Tag("O6")
@Timeout(300)
final class MongoBusNodesTest {
  private WireServer server;
  private TwoNodesOnABus nodes;

  @BeforeEach
  void start() {
    server = WireServer.withChangeStreams();
    Storage store = MongoStorage.at(WireServer.shared().uri() + "/nodes");
    nodes = new TwoNodesOnABus(store, bus(), store, bus());
  }

  private MongoBus bus() {
    return MongoBus.at(server.uri() + "/?serverSelectionTimeoutMS=500");
  }

  @AfterEach
  void stop() {
    nodes.close();
    server.close();
  }

  @Test
  void afterTheServerWasKilledTheyHearEachOtherAgain() throws Exception {
    nodes.hearWithoutAPoll("MongoDB bus, " + WireServer.NAME);
    nodes.hearBeforeAndAfter(server::kill, server::startAgain);
  }
}
