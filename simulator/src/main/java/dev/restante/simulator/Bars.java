package dev.restante.simulator;

import dev.restante.RestanteOptions;
import dev.restante.RestanteOptions.DeviceOverflow;
import dev.restante.api.DeviceId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which devices may, and which must, be refused because they were shut out. */
final class Bars {
  private final Set<DeviceId> asked = new HashSet<>();
  private final Map<DeviceId, Long> told = new HashMap<>();
  private final Set<DeviceId> registered = new HashSet<>();

  /** Somebody asked to revoke a device. */
  void asked(DeviceId device) {
    asked.add(device);
  }

  /** He was told that it is revoked. */
  void told(DeviceId device, long now) {
    told.putIfAbsent(device, now);
  }

  /** Somebody asked to register a device, which may let it in again at any time. */
  void registered(DeviceId device) {
    registered.add(device);
  }

  /** Whether a device may be out: it was revoked, or a newer one may have taken its place. */
  boolean mayBeOut(DeviceId device, RestanteOptions options) {
    return asked.contains(device) || options.deviceOverflow() == DeviceOverflow.NEWEST_WINS;
  }

  /** Whether a device must have been out at a moment. */
  boolean wasOut(DeviceId device, long moment) {
    Long since = told.get(device);
    return since != null && since < moment && !registered.contains(device);
  }
}
