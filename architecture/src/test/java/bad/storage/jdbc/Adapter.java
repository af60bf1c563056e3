package bad.storage.jdbc;

import bad.internal.Engine;
import bad.storage.tck.Suite;

/** A store that knows the engine and the suite. */
public final class Adapter {
  public Engine engine(Suite suite) {
    return suite.engine();
  }
}
