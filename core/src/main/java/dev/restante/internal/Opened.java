package dev.restante.internal;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;

/** Opens a store, and says of which one it is if that fails. */
final class Opened {
  private Opened() {}

  static Store open(Storage storage, StoreContext context) {
    try {
      return storage.open(context);
    } catch (StoreException e) {
      String said = e.getMessage() == null ? "" : e.getMessage();
      String name = storage.description();
      if (storage instanceof ComposedStorage || said.contains(name)) {
        throw e;
      }
      throw new StoreException(e.effect(), name + ": " + said, e);
    }
  }
}
