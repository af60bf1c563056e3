package dev.restante.storage.memory;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;

/**
 * A store in the memory of this process. Every store opened from one instance sees the same data,
 * at once or one after the other, so two nodes in one process can share it and a node can be
 * restarted on it. The data live as long as the instance is reachable.
 *
 * <p>It declares {@link dev.restante.storage.Durability#VOLATILE}: a host that asks for anything
 * durable is refused when it opens. May be used by many threads at once.
 */
public final class MemoryStorage implements Storage {
  private final Area area = new Area();

  private MemoryStorage() {}

  /** A new, empty store. */
  public static MemoryStorage create() {
    return new MemoryStorage();
  }

  @Override
  public String description() {
    return "memory of this process";
  }

  @Override
  public Store open(StoreContext context) {
    return new MemoryStore(area);
  }
}
