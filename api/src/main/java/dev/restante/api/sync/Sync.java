package dev.restante.api.sync;

import dev.restante.api.DeviceId;
import java.util.concurrent.Flow;

/** Brings devices up to date and keeps them so. */
public interface Sync {
  /**
   * Begins a session for a device that the host has authenticated: backlog first, then "caught up",
   * then live entries, all through the same subscriber. A device that is not known is registered. A
   * session that the device had before ends.
   *
   * <p>Returns at once; the subscriber may be called before it has returned. The subscriber is
   * called on the callback executor, one call at a time, and only as often as it requested; {@code
   * onComplete} comes when the session has ended (the reason is in {@link DeviceSession#ended()}).
   * {@code onError} comes only for a broken subscriber. An unreachable store does not end a
   * session: it goes on when the store is back.
   *
   * @param device the device
   * @param policy how to bring it up to date
   * @param subscriber takes what the host's transport then carries to the device
   */
  DeviceSession connect(
      DeviceId device, SyncPolicy policy, Flow.Subscriber<? super Delivery> subscriber);
}
