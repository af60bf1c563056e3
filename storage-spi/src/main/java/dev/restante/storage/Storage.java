package dev.restante.storage;

/**
 * A configured way to a store, not yet open. The core opens it, again if the first attempts fail,
 * and closes what it opened.
 */
public interface Storage {
  /** What this is and where it points to, for logs and error messages; without secrets. */
  String description();

  /**
   * Opens the store and brings its schema up to date, safely with other nodes doing the same.
   *
   * @throws StoreException with {@link StoreException.Effect#UNAVAILABLE} if the store cannot be
   *     reached now, {@link StoreException.Effect#FAULT} if it never will work as configured
   */
  Store open(StoreContext context);
}
