package dev.restante.api.sync;

import static java.util.Objects.requireNonNull;

import dev.restante.api.DeviceId;
import java.time.Instant;

/**
 * A registered device.
 *
 * @param id its name
 * @param platform what the login policy counts by; may be empty
 * @param name for people; may be empty
 * @param registeredAt since when it is known
 */
public record Device(DeviceId id, String platform, String name, Instant registeredAt) {
  public Device {
    requireNonNull(id, "id");
    requireNonNull(platform, "platform");
    requireNonNull(name, "name");
    requireNonNull(registeredAt, "registeredAt");
  }
}
