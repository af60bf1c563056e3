package dev.restante.storage.tck;

import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreInfo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** The stores that one test has open. Used by the test's own thread only. */
final class Fixture {
  private final StoreHarness harness;
  private final List<Store> opened = new ArrayList<>();
  private @Nullable Store main;
  private @Nullable StoreInfo info;

  Fixture(StoreHarness harness) {
    this.harness = harness;
  }

  Store store() {
    if (main == null) {
      main = open();
    }
    return main;
  }

  Store open() {
    Store store = harness.storage().open(context());
    opened.add(store);
    info = store.info();
    return store;
  }

  /** What the store that was opened last declared; also when it is closed. */
  @Nullable StoreInfo info() {
    return info;
  }

  Storage storage() {
    return harness.storage();
  }

  StoreContext context() {
    return new StoreContext(harness.callTimeout());
  }

  void adopt(Store store) {
    opened.add(store);
  }

  Store reopen() {
    store().close();
    main = open();
    return main;
  }

  /** Where the store cannot be shared, the one handle stands for both. */
  Store anotherIfShared() {
    return store().info().shared() ? open() : store();
  }

  void needsReopening(String rule) {
    StoreInfo info = store().info();
    Assumptions.assumeTrue(
        info.shared() || info.durability() != Durability.VOLATILE,
        () -> rule + " needs data that outlive a handle; " + info.name() + " declares neither");
  }

  void needsSharing(String rule) {
    StoreInfo info = store().info();
    Assumptions.assumeTrue(
        info.shared(), () -> rule + " needs a shared store; " + info.name() + " declares none");
  }

  void needsLocking(String rule) {
    StoreInfo info = store().info();
    Assumptions.assumeTrue(
        info.locking(), () -> rule + " needs locking; " + info.name() + " declares none");
  }

  void needsMoving(String rule) {
    StoreInfo info = store().info();
    Assumptions.assumeTrue(
        info.moving().in(),
        () -> rule + " needs a store that data can be moved into; " + info.name() + " is none");
  }

  /** Closes everything and empties the place, for a test that needs the first opening again. */
  void startOver() {
    close();
    harness.wipe();
  }

  void close() {
    opened.forEach(Store::close);
    opened.clear();
    main = null;
  }
}
