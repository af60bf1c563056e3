package bad.storage.memory;

import bad.example.Program;

/** A store that needs an example. */
public final class Shop {
  public Object program() {
    return new Program();
  }
}
