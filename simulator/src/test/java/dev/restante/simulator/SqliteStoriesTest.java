package dev.restante.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.jdbc.EmbeddedStorage;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few stories on the embedded store: what holds on the reference store holds there. */
@Tag("O3")
class SqliteStoriesTest {
  private static final int STORIES = Integer.getInteger("restante.sim.sqlite.stories", 24);

  @Test
  void everyStoryEndsWell(@TempDir Path folder) {
    AtomicInteger files = new AtomicInteger();
    SimulationReport report =
        Simulation.of(
                () ->
                    new OneStore(
                        EmbeddedStorage.at(folder.resolve(files.incrementAndGet() + ".db"))))
            .threads(2)
            .run(1, STORIES);
    assertThat(report.failed()).isEmpty();
    assertThat(report.stories()).isEqualTo(STORIES);
  }
}
