package bad.simulator;

import bad.storage.tck.Suite;

/** Stories that know the contract suite. */
public final class Story {
  public Object suite() {
    return new Suite();
  }
}
