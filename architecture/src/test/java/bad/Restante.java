package bad;

import bad.internal.Engine;

/** A door that shows an inner room. */
public final class Restante {
  public Engine engine() {
    return new Engine();
  }
}
