package dev.restante.internal;

import dev.restante.api.DeviceId;
import dev.restante.api.Refusal;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Device;
import dev.restante.api.sync.DeviceSession.End;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoredRecord;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a session begins: find out where the device stands, register it if it is new, claim it so
 * that other nodes let go of it, and place the feed. Each step is repeated from the first one when
 * something was not as expected.
 */
final class Opening {
  private final Session session;
  private final Session.Engines engines;
  private final DeviceId device;
  private final @Nullable Cursor resumeAt;

  /** Whether the device was found registered and without a cursor before. */
  private boolean missed;

  Opening(Session session, Session.Engines engines, @Nullable Cursor resumeAt) {
    this.session = session;
    this.engines = engines;
    this.device = session.device();
    this.resumeAt = resumeAt;
  }

  /**
   * What is known of a device when it connects.
   *
   * @param own what is in the cursor that it brought, if it brought one, and that is one
   * @param witness where it says that it stands, or else the store: what is there must be so
   * @param proven whether the row there is the one that the device has, as far as can be seen
   */
  private record Standing(
      long epoch,
      CursorSeal seal,
      Directory devices,
      @Nullable SessionRecord session,
      @Nullable CursorRecord cursor,
      long head,
      @Nullable CursorToken own,
      @Nullable CursorToken witness,
      boolean proven) {}

  void run() {
    session.call("connect", this::read, this::stands, this::run);
  }

  private Standing read(Store from) {
    RecordKey devices = Keys.devices(device.user());
    RecordKey claim = Keys.session(device);
    RecordKey cursor = Keys.cursor(device);
    Map<RecordKey, StoredRecord> records =
        from.records(List.of(Keys.EPOCH, Keys.SEAL, devices, claim, cursor));
    // The head is read after the cursor, so that it cannot be behind it unless writes were lost.
    long head = from.heads(List.of(Keys.inbox(device.user()))).get(0).head();
    StoredRecord claimRecord = records.get(claim);
    StoredRecord cursorRecord = records.get(cursor);
    CursorRecord known = cursorRecord == null ? null : CursorRecord.of(cursorRecord);
    CursorSeal seal =
        CursorSeal.of(
            from, records, engines.resources().clock().millis(), engines.resources().random());
    CursorToken own =
        resumeAt == null ? null : CursorToken.decode(device.user(), resumeAt, seal).orElse(null);
    CursorToken witness = own != null || known == null ? own : known.token();
    long epoch = engines.epoch().observe(records);
    return new Standing(
        epoch,
        seal,
        Directory.of(device.user(), records.get(devices)),
        claimRecord == null ? null : SessionRecord.of(claimRecord),
        known,
        head,
        own,
        witness,
        witness == null
            || witness.epoch() != epoch
            || witness.position() > head
            || isProven(from, witness));
  }

  /**
   * Whether the row at the place of a device is the one that it has, or may have gone since. The
   * position alone says little once the inbox, cut short by a loss, has grown past it again; and
   * the row has to be looked at before anything is written here or a snapshot takes its place.
   */
  private boolean isProven(Store from, CursorToken witness) {
    if (witness.mark() == CursorToken.NO_MARK) {
      return true;
    }
    long place = witness.position();
    InboxSlice slice = from.readInbox(Keys.inbox(device.user()), place - 1, 1, 1);
    return slice.items().stream()
        .filter(item -> item.row().position() == place)
        .findFirst()
        .map(witness::fits)
        .orElse(!witness.stays() || slice.floor() >= place);
  }

  private void stands(Standing standing) {
    Optional<Directory.Bar> bar = standing.devices.bar(device);
    Optional<Device> registered = standing.devices.find(device);
    if (bar.isPresent()) {
      session.end(Session.ofBar(bar.get()));
    } else if (hasLost(standing)) {
      // Also where the device itself is gone from the store: it is the witness.
      session.later(this::run);
    } else if (registered.isEmpty()) {
      Ends.when(engines.devices().ensure(device), (result, failure) -> registered(result));
    } else if (standing.cursor != null) {
      claim(standing, standing.cursor.of(registered.get()), registered.get());
    } else if (missed) {
      // The store of the cursors lost it, or never got it.
      claim(standing, CursorRecord.lost(standing.epoch, registered.get()), registered.get());
    } else {
      // It may as well go from the directory at this moment, or only just have come there.
      missed = true;
      session.later(this::run);
    }
  }

  private void registered(@Nullable Result<Device> result) {
    Optional<Refusal> refusal = result == null ? Optional.empty() : result.whyRefused();
    if (refusal.isEmpty()) {
      // With a pause, should the store keep forgetting the device that it was just told of.
      session.later(this::run);
    } else if (refusal.get().code() == Code.LIMIT_REACHED) {
      session.end(End.DEVICE_LIMIT);
    } else {
      session.later(this::run);
    }
  }

  private void claim(Standing standing, CursorRecord cursor, Device registered) {
    Optional<CursorToken> place = placeOf(standing, cursor);
    if (place.isEmpty()) {
      session.end(End.CURSOR_INVALID);
      return;
    }
    SessionRecord before = standing.session == null ? SessionRecord.NONE : standing.session;
    boolean behind =
        standing.head > place.get().position()
            || place.get().epoch() < standing.epoch
            || cursor.fresh();
    Standstill stands =
        before
            .standstill()
            .next(
                place.get(),
                behind,
                engines.options().maxResends(),
                session.policy().pageEntries());
    session
        .claimAbove(before, stands)
        .ifPresent(
            mine ->
                write(
                    standing,
                    cursor,
                    place.get(),
                    new Session.Claim(mine, registered),
                    before.standstill()));
  }

  /** Where the device stands; nothing if the cursor that it brought is none. */
  private Optional<CursorToken> placeOf(Standing standing, CursorRecord cursor) {
    if (resumeAt == null) {
      return Optional.of(cursor.token());
    }
    // What a device that was registered anew had before does not count: while it was away from
    // the directory, what its user sent may have left his inbox out.
    return Optional.ofNullable(standing.own).map(own -> cursor.fresh() ? cursor.token() : own);
  }

  private void write(
      Standing standing,
      CursorRecord cursor,
      CursorToken place,
      Session.Claim mine,
      Standstill before) {
    SessionRecord record = mine.session();
    engines
        .records()
        .raise(
            RecordWrite.raise(Keys.session(device), record.version(), record.encode()),
            new RecordWriter.Waiter() {
              @Override
              public void raised(boolean durable) {
                if (durable) {
                  engines.hints().tellDevices(device.user());
                  if (record.standstill().isCareful() && !before.isCareful()) {
                    session.tellStalled(before.resends());
                  }
                  place(standing, cursor, place, mine, before);
                }
              }

              @Override
              public boolean isGone() {
                return session.isOver();
              }
            });
  }

  private void place(
      Standing standing,
      CursorRecord cursor,
      CursorToken place,
      Session.Claim mine,
      Standstill before) {
    if (isBeyond(standing, place)) {
      session.later(this::run);
    } else if (standing.epoch < engines.epoch().known()) {
      run();
    } else {
      session.begin(mine, standing.seal, standing.epoch, place, cursor, standing.head, before);
    }
  }

  /** Whether the store has something else than the device has, or less: it lost writes. */
  private boolean hasLost(Standing standing) {
    CursorToken witness = standing.witness;
    if (witness == null || isBeyond(standing, witness)) {
      return witness != null;
    }
    if (!standing.proven) {
      // How much there was no row tells; that this one is gone is what matters.
      tell(witness, witness.position() - 1);
    }
    return !standing.proven;
  }

  /** Whether the device has more than the store has; then the store lost writes, and says so. */
  private boolean isBeyond(Standing standing, CursorToken place) {
    boolean beyond =
        place.epoch() > standing.epoch
            || (place.epoch() == standing.epoch && place.position() > standing.head);
    if (beyond) {
      tell(place, standing.head);
    }
    return beyond;
  }

  private void tell(CursorToken had, long has) {
    engines
        .storeLost()
        .storeLost("the inbox of " + device.user(), had.epoch(), had.position(), has);
  }
}
