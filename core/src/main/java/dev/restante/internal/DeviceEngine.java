package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.RestanteOptions.DeviceOverflow;
import dev.restante.api.DeviceId;
import dev.restante.api.InvalidValueException;
import dev.restante.api.Refusal;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.Device;
import dev.restante.api.sync.Devices;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Devices: who is registered, and who has to go. */
final class DeviceEngine implements Devices {
  private static final int MAX_PLATFORM_BYTES = 64;
  private static final int WORK_BYTES = 256;

  private final Committer committer;
  private final StoreAccess store;
  private final RestanteOptions options;
  private final Epoch epoch;
  private final Answers answers;

  /** Looks after the user's sessions on this node at once, where others wait for the poll. */
  private Consumer<UserId> onChange = user -> {};

  DeviceEngine(
      Committer committer,
      StoreAccess store,
      RestanteOptions options,
      Resources resources,
      Epoch epoch) {
    this.committer = committer;
    this.store = store;
    this.options = options;
    this.epoch = epoch;
    this.answers = new Answers(resources.callbacks());
  }

  void onChange(Consumer<UserId> action) {
    onChange = action;
  }

  @Override
  public CompletionStage<Result<Device>> register(DeviceId device, String platform, String name) {
    check("platform", platform, MAX_PLATFORM_BYTES);
    check("device name", name, UserId.MAX_BYTES);
    return change(
            device.user(),
            (devices, now) -> {
              Device wanted = new Device(device, platform, name, Instant.ofEpochMilli(now));
              Optional<Device> known = devices.find(device);
              return known.isPresent()
                  ? rename(devices, known.get(), wanted)
                  : add(devices, wanted);
            })
        .minimalCompletionStage();
  }

  /** Registers a device that connects, if it is not registered. */
  CompletableFuture<Result<Device>> ensure(DeviceId device) {
    return change(device.user(), (devices, now) -> ensure(devices, device, now));
  }

  private DeviceWork.Decision ensure(Directory devices, DeviceId device, long now) {
    if (devices.bar(device).isPresent()) {
      // Shut out since the session that asks began; only registering it lets it in again.
      return new DeviceWork.Decision.Refuse(
          new Refusal(Code.DEVICE_BARRED, device + " was shut out"));
    }
    Optional<Device> known = devices.find(device);
    return known.isPresent()
        ? new DeviceWork.Decision.AlreadySo(known.get())
        : add(devices, new Device(device, "", "", Instant.ofEpochMilli(now)));
  }

  private DeviceWork.Decision rename(Directory devices, Device known, Device wanted) {
    Device renamed = new Device(known.id(), wanted.platform(), wanted.name(), known.registeredAt());
    if (renamed.equals(known)) {
      return new DeviceWork.Decision.AlreadySo(known);
    }
    List<Device> all =
        devices.devices().stream().map(each -> each.equals(known) ? renamed : each).toList();
    return new DeviceWork.Decision.Change(renamed, all, false, List.of(), Directory.Bar.DISPLACED);
  }

  private DeviceWork.Decision add(Directory devices, Device wanted) {
    List<Device> all = new ArrayList<>(devices.devices());
    List<Device> removed = new ArrayList<>();
    while (true) {
      List<Device> rivals = rivals(all, wanted);
      if (rivals.isEmpty()) {
        break;
      }
      if (options.deviceOverflow() == DeviceOverflow.OLDEST_WINS) {
        return new DeviceWork.Decision.Refuse(
            new Refusal(
                Code.LIMIT_REACHED,
                wanted.id().user() + " has " + rivals.size() + " devices, as many as are allowed"));
      }
      Device eldest = rivals.get(0);
      all.remove(eldest);
      removed.add(eldest);
    }
    all.add(wanted);
    return new DeviceWork.Decision.Change(wanted, all, true, removed, Directory.Bar.DISPLACED);
  }

  /** The devices of which one must go before another may come, longest-registered first. */
  private List<Device> rivals(List<Device> all, Device wanted) {
    List<Device> samePlatform =
        all.stream().filter(each -> each.platform().equals(wanted.platform())).toList();
    if (samePlatform.size() >= options.maxDevicesPerPlatform()) {
      return samePlatform;
    }
    return all.size() >= options.maxDevicesPerUser() ? all : List.of();
  }

  @Override
  public CompletionStage<Result<Device>> revoke(UserId acting, DeviceId device) {
    if (!device.user().equals(acting)) {
      return answers.of(
          CompletableFuture.completedFuture(
              Result.refused(Code.NOT_PERMITTED, device + " is not a device of " + acting)));
    }
    return change(
            acting,
            (devices, now) -> {
              Optional<Device> known = devices.find(device);
              if (known.isEmpty()) {
                return new DeviceWork.Decision.Refuse(
                    new Refusal(Code.NOT_FOUND, device + " is not registered"));
              }
              List<Device> left = new ArrayList<>(devices.devices());
              left.remove(known.get());
              return new DeviceWork.Decision.Change(
                  known.get(), left, false, List.of(known.get()), Directory.Bar.REVOKED);
            })
        .minimalCompletionStage();
  }

  @Override
  public CompletionStage<Result<List<Device>>> list(UserId acting) {
    return answers.of(
        store.read(
            "devices",
            from ->
                Result.ok(
                    Directory.of(
                            acting,
                            from.records(List.of(Keys.devices(acting))).get(Keys.devices(acting)))
                        .devices())));
  }

  private CompletableFuture<Result<Device>> change(UserId user, DeviceWork.Request request) {
    CompletableFuture<Result<Device>> result =
        committer.submit(
            WORK_BYTES, null, streams -> new DeviceWork(streams.inbox(user), request, epoch));
    return result.whenComplete((done, failure) -> onChange.accept(user));
  }

  private static void check(String what, String value, int maxBytes) {
    int bytes = value.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > maxBytes) {
      throw new InvalidValueException(
          "the " + what + " has " + bytes + " bytes of UTF-8, the limit is " + maxBytes);
    }
  }
}
