package dev.restante;

import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Where the blocking calls to the store and the bus run. A host that hands in its own sees to it
 * that enough run at once; a simulator decides when, whether and in which order they happen.
 */
public interface StoreCalls {
  /** What a call does. */
  enum Kind {
    /** Appends messages and the like. Never more at once than {@link RestanteOptions#writers()}. */
    COMMIT,
    /**
     * Writes cursors, removes what is no longer needed, or relays what was enqueued. A few at once;
     * the executor bounds them.
     */
    HOUSEKEEPING,
    /** Reads only. As many at once as there is demand for; the executor bounds them. */
    READ,
    /** Connects to the bus, or sends over it. One at once; no call to the store waits for it. */
    BUS
  }

  /**
   * Runs a call.
   *
   * @param kind what the call does
   * @param operation its name, for logs and statistics
   * @param body the call itself; blocks
   * @return completes with what the body returned, or exceptionally with what it threw, on whatever
   *     thread ran it
   */
  <T> CompletionStage<T> call(Kind kind, String operation, Supplier<T> body);
}
