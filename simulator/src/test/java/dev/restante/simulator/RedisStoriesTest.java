package dev.restante.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.redis.RedisStorage;
import dev.restante.testredis.RedisProcess;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A few stories on a real Redis: what holds on the reference store holds there. It does not force
 * anything to a disk, since the stories' own faults do not reach it.
 */
@Tag("O3")
class RedisStoriesTest {
  private static final int STORIES = Integer.getInteger("restante.sim.redis.stories", 18);

  @Test
  void everyStoryEndsWell() {
    AtomicInteger places = new AtomicInteger();
    try (RedisProcess redis = RedisProcess.start(List.of())) {
      RedisStorage server = RedisStorage.at(redis.uri());
      SimulationReport report =
          Simulation.of(() -> new OneStore(server.withPrefix("story" + places.incrementAndGet())))
              .threads(2)
              .run(1, STORIES);
      assertThat(report.failed()).isEmpty();
      assertThat(report.stories()).isEqualTo(STORIES);
    }
  }
}
