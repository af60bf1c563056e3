package dev.restante.storage.tck;

import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.tck.NaiveStore.Data;
import java.util.function.Function;

/** Opens naive stores, or mutants of them. */
final class NaiveHarness implements StoreHarness {
  private final Function<Data, Store> opening;
  private Data data = new Data();

  NaiveHarness(Function<Data, Store> opening) {
    this.opening = opening;
  }

  @Override
  public Storage storage() {
    Data opened = data;
    return new Storage() {
      @Override
      public String description() {
        return "naive";
      }

      @Override
      public Store open(StoreContext context) {
        return opening.apply(opened);
      }
    };
  }

  @Override
  public void wipe() {
    data = new Data();
  }
}
