package dev.restante;

import dev.restante.api.conversation.Conversations;
import dev.restante.api.message.Messages;
import dev.restante.api.message.Relay;
import dev.restante.api.sync.Devices;
import dev.restante.api.sync.Sync;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * One node: the engines over one store. Any number of nodes may share a store that says it is
 * shared; each device may connect to any of them.
 *
 * <p>Safe for use by many threads. No method but {@link #close} blocks.
 */
public interface Restante extends AutoCloseable {
  /** Begins a node. */
  static RestanteBuilder builder() {
    return new RestanteBuilder();
  }

  /** Accepts messages and reads them back. */
  Messages messages();

  /** Groups and their members. */
  Conversations conversations();

  /** Brings devices up to date and keeps them so. */
  Sync sync();

  /** A user's devices. */
  Devices devices();

  /**
   * What submits the messages that transactions of the host enqueued.
   *
   * @throws IllegalStateException if the node was built without {@link RestanteBuilder#relayFrom}
   */
  Relay relay();

  /**
   * Completes when the store was opened, or will not be: with the first health that is not {@code
   * OPENING}. As long as the store cannot be reached it does not complete; it completes on the
   * callback executor.
   */
  CompletionStage<Health> opened();

  /** Whether the store can be reached, as far as this node knows. */
  Health health();

  /** What this node has counted since it was built. */
  Counters counters();

  /**
   * Closes the node: takes no more requests, lets what is being written end within the deadline,
   * completes every pending stage (what could not be written with {@code CLOSED}, what may have
   * been with {@code OUTCOME_UNKNOWN}), ends every session, and closes what the node itself opened.
   * Closing again does no harm and returns the same.
   *
   * @param deadline how long to wait for the store, for messages and acknowledgements together;
   *     zero or less aborts at once
   * @return whether every message that was pending had been written
   */
  boolean close(Duration deadline);

  /** As {@link #close(Duration)} with 10 seconds. */
  @Override
  default void close() {
    close(Duration.ofSeconds(10));
  }
}
