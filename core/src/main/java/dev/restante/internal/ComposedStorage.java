package dev.restante.internal;

import static dev.restante.storage.StoreException.Effect.FAULT;
import static java.util.Objects.requireNonNull;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One store for everything but where devices stand, or who does background work, and others for
 * that. See {@link ComposedStore} for what may be split and why.
 */
public final class ComposedStorage implements Storage {
  /** What is left of a call's time when the others have taken theirs is for the main store. */
  private static final int PART_FOR_OTHERS = 4;

  private final Storage main;
  private final List<Part> parts;
  private final LongSupplier nanoTime;

  /** What is in another store than the main one. */
  private record Part(String what, Storage storage, Set<String> spaces) {}

  private ComposedStorage(Storage main, List<Part> parts, LongSupplier nanoTime) {
    this.main = main;
    this.parts = parts;
    this.nanoTime = requireNonNull(nanoTime);
  }

  /**
   * Opens nothing yet.
   *
   * @param cursors where cursors and sessions go; {@code null} or the main one if there
   * @param leases where leases go; {@code null} or the main one if there. If it is the same object
   *     as the one before it is opened once
   * @return the main one if nothing is apart
   */
  public static Storage of(
      Storage main, @Nullable Storage cursors, @Nullable Storage leases, LongSupplier nanoTime) {
    requireNonNull(main);
    List<Part> parts = new ArrayList<>();
    if (main.equals(cursors)) {
      return of(main, null, leases, nanoTime);
    }
    if (main.equals(leases)) {
      return of(main, cursors, null, nanoTime);
    }
    if (cursors != null && cursors.equals(leases)) {
      parts.add(
          new Part(
              "cursors and leases", cursors, Set.of(Keys.CURSORS, Keys.SESSIONS, Keys.LEASES)));
    } else {
      if (cursors != null) {
        parts.add(new Part("cursors", cursors, Keys.OF_DEVICES));
      }
      if (leases != null) {
        parts.add(new Part("leases", leases, Set.of(Keys.LEASES)));
      }
    }
    return parts.isEmpty() ? main : new ComposedStorage(main, List.copyOf(parts), nanoTime);
  }

  @Override
  public String description() {
    StringBuilder description = new StringBuilder(main.description());
    for (Part part : parts) {
      description.append(", ").append(part.what).append(" in ").append(part.storage.description());
    }
    return description.toString();
  }

  /** All or none. */
  @Override
  public Store open(StoreContext context) {
    Duration patience = context.callTimeout().dividedBy(PART_FOR_OTHERS);
    Store first = Opened.open(main, context);
    List<ComposedStore.Part> opened = new ArrayList<>();
    try {
      for (Part part : parts) {
        Store store = Opened.open(part.storage, new StoreContext(patience));
        Breaker breaker = new Breaker("The store of the " + part.what, patience, nanoTime);
        opened.add(new ComposedStore.Part(part.what, store, part.spaces, breaker));
        if (first.info().shared() && !store.info().shared()) {
          throw new StoreException(
              FAULT,
              "several nodes may share "
                  + main.description()
                  + ", but not "
                  + part.storage.description()
                  + " with the "
                  + part.what
                  + ", which each of them has to see",
              null);
        }
      }
      return new ComposedStore(first, opened);
    } catch (RuntimeException e) {
      first.close();
      opened.forEach(part -> part.store().close());
      throw e;
    }
  }
}
