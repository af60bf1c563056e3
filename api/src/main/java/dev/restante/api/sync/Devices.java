package dev.restante.api.sync;

import dev.restante.api.DeviceId;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A user's devices. The threads are as for {@link dev.restante.api.message.Messages}. */
public interface Devices {
  /**
   * Makes a device known, or known under another platform or name. The host's login calls it; a
   * device that connects without it is registered with an empty platform and name. Registering a
   * revoked device lets it in again, as a new one.
   *
   * @param platform what the login policy counts by, such as {@code ios}; at most 64 bytes of UTF-8
   * @param name for people, such as "Bob's phone"; at most 255 bytes of UTF-8
   * @return refusals: {@code LIMIT_REACHED} where the login policy keeps the older devices, and
   *     those of an unreachable store
   */
  CompletionStage<Result<Device>> register(DeviceId device, String platform, String name);

  /**
   * The registered devices of the acting user, longest-registered first.
   *
   * @return refusals: {@code OVERLOADED}, and those of an unreachable store
   */
  CompletionStage<Result<List<Device>>> list(UserId acting);

  /**
   * Ends a device's sessions and bars it until it is registered again.
   *
   * @param acting its user
   * @return refusals: {@code NOT_PERMITTED} for somebody else's device, {@code NOT_FOUND}, and
   *     those of an unreachable store
   */
  CompletionStage<Result<Device>> revoke(UserId acting, DeviceId device);
}
