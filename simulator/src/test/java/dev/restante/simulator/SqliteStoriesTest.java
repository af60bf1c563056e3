package dev.restante.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.jdbc.EmbeddedStorage;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
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
                    new OneFile(
                        EmbeddedStorage.at(folder.resolve(files.incrementAndGet() + ".db"))))
            .threads(2)
            .run(1, STORIES);
    assertThat(report.failed()).isEmpty();
    assertThat(report.stories()).isEqualTo(STORIES);
  }

  /** A file is open once only: the nodes of a story share its store. */
  private static final class OneFile implements Storage, AutoCloseable {
    private final Storage file;
    private @Nullable Store shared;

    OneFile(Storage file) {
      this.file = file;
    }

    @Override
    public String description() {
      return file.description();
    }

    @Override
    public Store open(StoreContext context) {
      Store store = shared == null ? file.open(context) : shared;
      shared = store;
      return new Mutant(store) {
        @Override
        public void close() {
          // The file is closed when the story has ended.
        }
      };
    }

    @Override
    public void close() {
      if (shared != null) {
        shared.close();
      }
    }
  }
}
