package dev.restante.storage.tck;

import dev.restante.storage.Storage;
import java.time.Duration;

/**
 * Gives the suite a place for its data: one schema, one folder, one key space. The suite opens
 * stores there, several at once where they declare to be shared, and closes every one it opened.
 * Called by one thread at a time, except for {@link Storage#open} of what {@link #storage()}
 * returned.
 */
public interface StoreHarness {
  /**
   * A way to the place. It is opened often: to begin, to reopen, to stand for a second node. All of
   * what is opened between two wipes sees the same data.
   */
  Storage storage();

  /**
   * Empties the place, or moves on to an empty one. Called before each test, when no store is open.
   * The first store opened afterwards may have to create its schema.
   */
  void wipe();

  /** What runs beneath, with its version, for the report; empty unless overridden. */
  default String engine() {
    return "";
  }

  /** How long one call may take: handed to {@link Storage#open}. Ten seconds unless overridden. */
  default Duration callTimeout() {
    return Duration.ofSeconds(10);
  }
}
