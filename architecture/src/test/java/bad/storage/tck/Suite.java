package bad.storage.tck;

import bad.internal.Engine;

/** A suite that knows the engine. */
public final class Suite {
  public Engine engine() {
    return new Engine();
  }
}
