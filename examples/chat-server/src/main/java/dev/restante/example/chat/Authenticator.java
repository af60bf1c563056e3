package dev.restante.example.chat;

import dev.restante.api.DeviceId;
import java.util.Optional;

/**
 * Tells which device holds a token. This is where a real host plugs in its own: a session store, a
 * JWT of its identity provider, a client certificate. Restante never sees the token; it is told a
 * {@link DeviceId} and trusts it.
 */
@FunctionalInterface
interface Authenticator {
  /**
   * The device that a token was issued to.
   *
   * @return empty if the token is forged, malformed or expired
   */
  Optional<DeviceId> authenticate(String token);
}
