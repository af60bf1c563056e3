package dev.restante;

import dev.restante.api.Draft;
import dev.restante.api.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Is told what an operator wants to know. Called on the callback executor; what a listener throws
 * is logged and otherwise ignored.
 */
public interface RestanteListener {
  /** The node's health changed. */
  default void healthChanged(Health health) {}

  /**
   * The store was found to have lost acknowledged writes, after a failover or restore. The store's
   * epoch was raised, and every device will be brought up to date by a snapshot.
   *
   * @param what the inbox or log in which it was noticed
   * @param had the number of a row that it had
   * @param has the number of its last row now
   */
  default void storeLostWrites(String what, long had, long has) {}

  /**
   * A draft that a transaction had enqueued was refused for good, and is a dead letter now. May be
   * told twice, and not at all if the node dies right then: the list of dead letters is the truth.
   *
   * @param draft the draft; {@code null} if it cannot be read
   * @param why the refusal
   */
  default void enqueuedRefused(@Nullable Draft draft, Refusal why) {}
}
