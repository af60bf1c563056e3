package dev.restante.simulator;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import org.jspecify.annotations.Nullable;

/**
 * For a store that is open once only, or dear to open: the nodes of a story share it. For one
 * thread.
 */
final class OneStore implements Storage, AutoCloseable {
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
    Store store = shared == null ? place.open(context) : shared;
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
