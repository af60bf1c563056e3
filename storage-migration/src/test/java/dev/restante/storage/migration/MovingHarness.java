package dev.restante.storage.migration;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.memory.MemoryStorage;
import dev.restante.storage.tck.StoreHarness;
import java.util.concurrent.atomic.AtomicInteger;

/** Stores of a move that has come so far; each is one node's. */
final class MovingHarness implements StoreHarness {
  private final MovePhase phase;
  private final AtomicInteger nodes = new AtomicInteger();
  private Storage from = MemoryStorage.create();
  private Storage to = MemoryStorage.create();

  MovingHarness(MovePhase phase) {
    this.phase = phase;
  }

  @Override
  public Storage storage() {
    Storage old = from;
    Storage fresh = to;
    return new Storage() {
      @Override
      public String description() {
        return "a move";
      }

      @Override
      public Store open(StoreContext context) {
        return move(old, fresh).storage().open(context);
      }
    };
  }

  private Move move(Storage old, Storage fresh) {
    return Move.between(old, fresh, MoveOptions.of("node" + nodes.incrementAndGet()));
  }

  @Override
  public void wipe() {
    from = MemoryStorage.create();
    to = MemoryStorage.create();
    if (phase == MovePhase.BEFORE) {
      return;
    }
    Move first = move(from, to);
    try (Store store = first.storage().open(new StoreContext(callTimeout()))) {
      first.start(1);
    }
  }
}
