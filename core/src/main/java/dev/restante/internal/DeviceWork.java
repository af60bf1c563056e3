package dev.restante.internal;

import dev.restante.api.Refusal;
import dev.restante.api.Result;
import dev.restante.api.sync.Device;
import dev.restante.storage.RecordWrite;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of a user's devices to be written: the directory, what goes with each device that comes
 * or goes, and a note in the inbox so that the other devices learn of it.
 */
final class DeviceWork extends Work<Device> {
  /** What is asked for, decided on the devices as they are. */
  interface Request {
    Decision decide(Directory devices, long nowMillis);
  }

  /** What comes of it. */
  sealed interface Decision {
    /** It is refused. */
    record Refuse(Refusal refusal) implements Decision {}

    /** It is so already. */
    record AlreadySo(Device device) implements Decision {}

    /**
     * The user has other devices.
     *
     * @param device the one that was asked about
     * @param devices all of them now
     * @param added whether the device begins to read this inbox now
     * @param removed those that may not come back
     * @param bar why they may not
     */
    record Change(
        Device device, List<Device> devices, boolean added, List<Device> removed, Directory.Bar bar)
        implements Decision {}
  }

  private static final String COMPACTION_KEY = "devices";

  private final InboxState inbox;
  private final Request request;
  private final Epoch epoch;

  DeviceWork(InboxState inbox, Request request, Epoch epoch) {
    super(inbox, List.of(), 256);
    this.inbox = inbox;
    this.request = request;
    this.epoch = epoch;
  }

  @Override
  InboxState devicesOf() {
    return inbox;
  }

  /** The note, the directory, the cursor of who comes; cursor and session of each who goes. */
  @Override
  int ownRows() {
    return 3 + (inbox.devices == null ? 0 : 2 * inbox.devices.devices().size());
  }

  @Override
  boolean endsBatch() {
    return true;
  }

  @Override
  @Nullable Result<Device> plan(Plan plan, Batch.Home where, Batch.Taken taken) {
    Directory devices = taken.devices();
    if (devices == null) {
      return null;
    }
    Decision decision = request.decide(devices, plan.nowMillis);
    if (decision instanceof Decision.Change change) {
      write(plan, where, devices, change);
      return Result.ok(change.device);
    }
    if (taken.devicesLoadedAt() <= tick) {
      return null;
    }
    return decision instanceof Decision.AlreadySo already
        ? Result.ok(already.device)
        : new Result.Refused<>(((Decision.Refuse) decision).refusal);
  }

  private void write(Plan plan, Batch.Home where, Directory before, Decision.Change change) {
    Directory next = before.with(change.devices, change.removed, change.bar);
    plan.record(
        RecordWrite.replace(inbox.devicesKey, before.version(), next.version(), next.encode()));
    plan.note(where.slot, InboxTypes.DEVICES, COMPACTION_KEY);
    if (change.added) {
      begin(plan, where, before, change);
    }
    for (Device removed : change.removed) {
      plan.record(RecordWrite.remove(Keys.cursor(removed.id())));
      plan.record(RecordWrite.remove(Keys.session(removed.id())));
    }
    if (!before.devices().isEmpty()) {
      // Messages that the user's only device sends leave his own inbox out. From here on they must
      // not, and those on their way must have arrived before the new device takes its snapshot.
      plan.exclusive();
    }
  }

  /**
   * The first device reads the inbox from its beginning; a further one begins here, with a
   * snapshot, since what the user sent himself before is not in the inbox. It begins before the
   * note of its own coming, so that acknowledging the snapshot moves its cursor in any case: a
   * cursor that stays where it was would stay a new device's.
   */
  private void begin(Plan plan, Batch.Home where, Directory before, Decision.Change change) {
    boolean first = before.version() == 0;
    long position = first ? 0 : plan.next(where.slot) - 2;
    CursorRecord cursor =
        new CursorRecord(
            epoch.known(),
            position,
            plan.nowMillis,
            CursorToken.NO_MARK,
            change.device.registeredAt().toEpochMilli(),
            !first);
    plan.record(
        RecordWrite.set(Keys.cursor(change.device.id()), cursor.version(), cursor.encode()));
  }
}
