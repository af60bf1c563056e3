package dev.restante.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.rocksdb.RocksStorage;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few stories on RocksDB: what holds on the reference store holds there. */
@Tag("O3")
class RocksStoriesTest {
  private static final int STORIES = Integer.getInteger("restante.sim.rocksdb.stories", 36);

  @Test
  void everyStoryEndsWell(@TempDir Path folder) {
    AtomicInteger folders = new AtomicInteger();
    SimulationReport report =
        Simulation.of(
                () ->
                    new OneStore(
                        RocksStorage.at(folder.resolve("store" + folders.incrementAndGet()))))
            .threads(2)
            .run(1, STORIES);
    assertThat(report.failed()).isEmpty();
    assertThat(report.stories()).isEqualTo(STORIES);
  }
}
