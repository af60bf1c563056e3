package dev.restante.benchmarks;

import dev.restante.Restante;
import dev.restante.RestanteOptions;
import dev.restante.storage.Durability;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A new node on a new memory store for each round, since everything written stays in memory. */
final class MemoryNodes implements Nodes {
  /** Patient: a busy machine preloads slowly. */
  static final StoreContext CONTEXT = new StoreContext(Duration.ofMinutes(1));

  private final Population population;
  private final RestanteOptions options;
  private final int preload;
  private @Nullable Restante node;

  MemoryNodes(Population population, RestanteOptions.Builder options, int preload) {
    this.population = population;
    this.options = options.minimumDurability(Durability.VOLATILE).build();
    this.preload = preload;
  }

  @Override
  public void prepare() {
    MemoryStorage storage = MemoryStorage.create();
    try (Store store = storage.open(CONTEXT)) {
      new MemoryStreams(population).preload(store, preload);
    }
    node = Restante.builder().storage(storage).options(options).build();
    population.register(node);
    population.touch(node, 5);
    System.gc();
  }

  @Override
  public Restante node() {
    if (node == null) {
      throw new IllegalStateException("no round is running");
    }
    return node;
  }

  @Override
  public void finish() {
    node().close();
    node = null;
  }
}
