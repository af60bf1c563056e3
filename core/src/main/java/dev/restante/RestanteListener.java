package dev.restante;

import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Gap;
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

  /**
   * A device was handed the same again and again, over as many sessions, and acknowledged nothing
   * of it: see {@link RestanteOptions.Builder#maxResends}. From now on it gets entries one at a
   * time, so that the one at fault is found. Told again for each as many resends that were no help.
   *
   * @param device the device
   * @param resends how many times it was handed out at least
   */
  default void deviceStalled(DeviceId device, long resends) {}

  /**
   * A gap takes the place of an entry that a device was handed alone again and again and never
   * acknowledged. The entry is in the history, and other devices get it as ever.
   *
   * @param device the device that does not get it
   * @param gap the entry's conversation and number
   */
  default void entrySetAside(DeviceId device, Gap gap) {}
}
