package dev.restante.api;

import static java.util.Objects.requireNonNull;

/**
 * The user's own devices changed: list them to see how. A newer one replaces an older one that was
 * not fetched yet.
 *
 * @param user whose devices
 */
public record DevicesChanged(UserId user) implements Entry {
  public DevicesChanged {
    requireNonNull(user, "user");
  }
}
