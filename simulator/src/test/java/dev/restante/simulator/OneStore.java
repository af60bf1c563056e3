package dev.restante.simulator;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * For a store that is open once only, or dear to open: the nodes of a story share it. For one
 * thread.
 *
 * <p>The time-outs of a story are of its own time. On the time of the machine they would be faults
 * that the story knows nothing of: a commit that takes 60 ms there, and was written.
 */
final class OneStore implements Storage, AutoCloseable {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Storage place;
  private @Nullable Store shared;

  OneStore(Storage place) {
    this.place = place;
  }

  @Override
  public String description() {
    return place.description();
  }

  @Override
  public Store open(StoreContext context) {
    Store store = shared == null ? place.open(new StoreContext(LONG)) : shared;
    shared = store;
    return new Mutant(store) {
      @Override
      public void close() {
        // The store is closed when the story has ended.
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
