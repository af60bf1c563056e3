package dev.restante.internal;

import static dev.restante.storage.StoreException.Effect.FAULT;
import static java.util.Objects.requireNonNull;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * One store for everything but where devices stand, and one for that. See {@link ComposedStore} for
 * what may be split and why.
 */
public final class ComposedStorage implements Storage {
  /** What is left of a call's time when the cursors have taken theirs is for the main store. */
  private static final int PART_FOR_CURSORS = 4;

  private final Storage main;
  private final Storage cursors;
  private final LongSupplier nanoTime;

  /** Opens nothing yet. */
  public ComposedStorage(Storage main, Storage cursors, LongSupplier nanoTime) {
    this.main = requireNonNull(main);
    this.cursors = requireNonNull(cursors);
    this.nanoTime = requireNonNull(nanoTime);
  }

  @Override
  public String description() {
    return main.description() + ", cursors in " + cursors.description();
  }

  /** Both or none. */
  @Override
  public Store open(StoreContext context) {
    Store first = main.open(context);
    Duration patience = context.callTimeout().dividedBy(PART_FOR_CURSORS);
    Store second;
    try {
      second = cursors.open(new StoreContext(patience));
    } catch (RuntimeException e) {
      first.close();
      throw e;
    }
    if (first.info().shared() && !second.info().shared()) {
      first.close();
      second.close();
      throw new StoreException(
          FAULT,
          "several nodes may share "
              + main.description()
              + ", but not "
              + cursors.description()
              + " with the cursors: a device could not move between them",
          null);
    }
    return new ComposedStore(
        first, second, new Breaker("The store of the cursors", patience, nanoTime));
  }
}
