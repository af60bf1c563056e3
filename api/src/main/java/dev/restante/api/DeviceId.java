package dev.restante.api;

import static java.util.Objects.requireNonNull;

/**
 * Names one device of a user: an installation of the host's client with a cursor of its own.
 *
 * @param user whose device it is
 * @param value the device within the user, 1 to {@value UserId#MAX_BYTES} bytes of UTF-8
 */
public record DeviceId(UserId user, String value) {
  /**
   * @throws InvalidValueException if the value is empty, too long, or has no UTF-8 form
   */
  public DeviceId {
    requireNonNull(user, "user");
    Text.id("device id", value, UserId.MAX_BYTES);
  }
}
