package dev.restante.internal;

import dev.restante.api.DeviceId;
import dev.restante.api.UserId;
import dev.restante.api.sync.Device;
import dev.restante.storage.StoredRecord;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A user's devices, in one record, so that its version stands for all of them.
 *
 * @param version the record's version; 0 if there is none yet
 * @param devices the devices, longest-registered first
 * @param barred devices that may not connect before they are registered again, newest last; the
 *     oldest are forgotten beyond {@value #MOST_BARRED}
 */
record Directory(long version, List<Device> devices, List<Barred> barred) {
  static final Directory NONE = new Directory(0, List.of(), List.of());
  static final int MOST_BARRED = 200;

  /** Why a device may not connect. */
  enum Bar {
    /** Its user revoked it. */
    REVOKED(1),
    /** The login policy let a newer one take its place. */
    DISPLACED(2);

    private final int code;

    Bar(int code) {
      this.code = code;
    }

    /** A bar that this version does not know bars like the login policy does: nothing is wiped. */
    private static Bar of(int code) {
      return code == REVOKED.code ? REVOKED : DISPLACED;
    }
  }

  /** A device that may not connect. */
  record Barred(DeviceId device, Bar bar) {}

  static Directory of(UserId user, @Nullable StoredRecord stored) {
    return stored == null
        ? NONE
        : RecordCodec.decode(
            stored.payload(),
            in -> {
              int count = in.readInt();
              List<Device> devices = new ArrayList<>(count);
              for (int i = 0; i < count; i++) {
                devices.add(
                    new Device(
                        new DeviceId(user, in.readUTF()),
                        in.readUTF(),
                        in.readUTF(),
                        Instant.ofEpochMilli(in.readLong())));
              }
              int bars = in.readInt();
              List<Barred> barred = new ArrayList<>(bars);
              for (int i = 0; i < bars; i++) {
                barred.add(
                    new Barred(new DeviceId(user, in.readUTF()), Bar.of(in.readUnsignedByte())));
              }
              return new Directory(stored.version(), List.copyOf(devices), List.copyOf(barred));
            });
  }

  byte[] encode() {
    return RecordCodec.encode(
        out -> {
          out.writeInt(devices.size());
          for (Device device : devices) {
            write(out, device);
          }
          out.writeInt(barred.size());
          for (Barred each : barred) {
            out.writeUTF(each.device.value());
            out.writeByte(each.bar.code);
          }
        });
  }

  private static void write(java.io.DataOutputStream out, Device device) throws IOException {
    out.writeUTF(device.id().value());
    out.writeUTF(device.platform());
    out.writeUTF(device.name());
    out.writeLong(device.registeredAt().toEpochMilli());
  }

  Optional<Device> find(DeviceId id) {
    for (Device device : devices) {
      if (device.id().equals(id)) {
        return Optional.of(device);
      }
    }
    return Optional.empty();
  }

  /** Why a device may not connect, if it may not. Asked for every message: makes no garbage. */
  Optional<Bar> bar(DeviceId id) {
    for (int i = 0; i < barred.size(); i++) {
      if (barred.get(i).device.equals(id)) {
        return Optional.of(barred.get(i).bar);
      }
    }
    return Optional.empty();
  }

  /** The directory that follows this one. */
  Directory with(List<Device> newDevices, List<Device> removed, Bar why) {
    List<Barred> bars = new ArrayList<>(barred);
    removed.forEach(device -> bars.add(new Barred(device.id(), why)));
    bars.removeIf(each -> newDevices.stream().anyMatch(device -> device.id().equals(each.device)));
    int from = Math.max(0, bars.size() - MOST_BARRED);
    return new Directory(
        version + 1, List.copyOf(newDevices), List.copyOf(bars.subList(from, bars.size())));
  }

  /**
   * Whether nobody but this device would learn from the inbox what it sends. A user without devices
   * may get one, which begins at the beginning, so nothing may be left out for him.
   */
  boolean hasNoneBut(DeviceId sender) {
    return devices.size() == 1 && devices.get(0).id().equals(sender);
  }
}
