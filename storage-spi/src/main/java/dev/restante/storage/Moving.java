package dev.restante.storage;

/** Which way data can be moved between a store and another one while both are in use. */
public enum Moving {
  /** Neither: {@link Store#walk} throws, and what an append with gaps does is left open. */
  NO(false, false),
  /**
   * Into it: it takes appends that leave numbers out, as {@link LogAppend} and {@link InboxAppend}
   * say, and {@link Store#walk} names its streams and records. It need not name the submits.
   */
  IN(true, false),
  /** Into it and out of it: {@link Store#walk} names everything. */
  IN_AND_OUT(true, true);

  private final boolean in;
  private final boolean out;

  Moving(boolean in, boolean out) {
    this.in = in;
    this.out = out;
  }

  /** Whether data can be moved into the store. */
  public boolean in() {
    return in;
  }

  /** Whether data can be moved out of the store. */
  public boolean out() {
    return out;
  }
}
