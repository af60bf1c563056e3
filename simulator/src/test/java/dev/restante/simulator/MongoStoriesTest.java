package dev.restante.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.mongo.MongoStorage;
import dev.restante.testmongo.WireServer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A few stories on a server that speaks MongoDB's protocol: what holds on the reference store holds
 * where commits are made of many steps.
 */
@Tag("O3")
class MongoStoriesTest {
  /** The first of some stories that are short: that server looks through whole collections. */
  private static final int FIRST = 9;

  private static final int STORIES = Integer.getInteger("restante.sim.mongo.stories", 2);

  @Test
  void everyStoryEndsWell() {
    AtomicInteger places = new AtomicInteger();
    MongoStorage server = MongoStorage.at(WireServer.shared().uri() + "/stories");
    SimulationReport report =
        Simulation.of(() -> new OneStore(server.withPrefix("story" + places.incrementAndGet())))
            .run(FIRST, STORIES);
    assertThat(report.failed()).isEmpty();
    assertThat(report.stories()).isEqualTo(STORIES);
  }
}
