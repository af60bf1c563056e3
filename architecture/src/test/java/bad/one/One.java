package bad.one;

import bad.two.Two;

/** Half of a cycle. */
public final class One {
  public Two two() {
    return new Two();
  }
}
