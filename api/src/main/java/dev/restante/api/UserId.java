package dev.restante.api;

/**
 * Names a user within a tenant. Ids are data: any characters, compared byte by byte.
 *
 * @param tenant the tenant, 1 to {@value #MAX_BYTES} bytes of UTF-8
 * @param value the host's id of the user, 1 to {@value #MAX_BYTES} bytes of UTF-8
 */
public record UserId(String tenant, String value) {
  /** The longest id, in bytes of UTF-8. */
  public static final int MAX_BYTES = 255;

  /** The tenant of hosts that have only one. */
  public static final String DEFAULT_TENANT = "default";

  /**
   * @throws InvalidValueException if a part is empty, too long, or has no UTF-8 form
   */
  public UserId {
    Text.id("tenant", tenant, MAX_BYTES);
    Text.id("user id", value, MAX_BYTES);
  }

  /** A user of the default tenant. */
  public static UserId of(String value) {
    return new UserId(DEFAULT_TENANT, value);
  }

  /** One of this user's devices. */
  public DeviceId device(String device) {
    return new DeviceId(this, device);
  }
}
