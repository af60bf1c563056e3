package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls.Kind;
import dev.restante.api.UserId;
import dev.restante.api.sync.Device;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.Trim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from inboxes what every active device of the user has acknowledged. Which devices there
 * are and how far they came is read from the store each time, so it does not matter which node does
 * it, nor if two do.
 *
 * <p>A device that was not seen for {@link RestanteOptions#dormantAfter()} does not hold the inbox
 * back; a user with no active device keeps everything. A cursor of an earlier epoch counts as none
 * at all, since it may be ahead of what was written since.
 */
final class Trimmer {
  private static final Logger log = LoggerFactory.getLogger(Trimmer.class);
  private static final Duration DELAY = Duration.ofSeconds(1);
  private static final Duration DELAY_AFTER_FAILURE = Duration.ofSeconds(10);

  /**
   * Little at a time: each user is a transaction, and acknowledgements wait for the same threads.
   */
  private static final int MOST_USERS = 20;

  private static final int MOST_ROWS = 5_000;

  private final StoreAccess store;
  private final RestanteOptions options;
  private final Resources resources;
  private final Tally tally;
  private final Epoch epoch;
  private final Set<UserId> due = new LinkedHashSet<>();
  private boolean scheduled;
  private boolean closed;

  Trimmer(
      StoreAccess store, RestanteOptions options, Resources resources, Tally tally, Epoch epoch) {
    this.store = store;
    this.options = options;
    this.resources = resources;
    this.tally = tally;
    this.epoch = epoch;
  }

  /** Notes that a user's devices may have come further. */
  void note(UserId user) {
    synchronized (this) {
      due.add(user);
      if (scheduled || closed) {
        return;
      }
      scheduled = true;
    }
    resources.timers().schedule(DELAY, this::run);
  }

  synchronized void close() {
    closed = true;
  }

  private void run() {
    List<UserId> users = new ArrayList<>();
    synchronized (this) {
      Iterator<UserId> next = due.iterator();
      while (next.hasNext() && users.size() < MOST_USERS) {
        users.add(next.next());
        next.remove();
      }
      if (users.isEmpty() || closed) {
        scheduled = false;
        return;
      }
    }
    Ends.when(
        store.call(Kind.HOUSEKEEPING, "trim", from -> trim(from, users)),
        (unfinished, failure) -> ended(users, unfinished));
  }

  private void ended(List<UserId> users, @Nullable List<UserId> unfinished) {
    synchronized (this) {
      due.addAll(unfinished == null ? users : unfinished);
    }
    if (unfinished == null) {
      resources.timers().schedule(DELAY_AFTER_FAILURE, this::run);
    } else {
      run();
    }
  }

  /** Trims, and returns the users with more to remove than one step removes. */
  private List<UserId> trim(Store from, List<UserId> users) {
    Map<RecordKey, StoredRecord> directories =
        from.records(users.stream().map(Keys::devices).toList());
    Map<UserId, List<Device>> devices = new LinkedHashMap<>();
    List<RecordKey> keys = new ArrayList<>();
    keys.add(Keys.EPOCH);
    for (UserId user : users) {
      List<Device> known = devicesOf(user, directories.get(Keys.devices(user)));
      devices.put(user, known);
      known.forEach(
          device -> {
            keys.add(Keys.cursor(device.id()));
            keys.add(Keys.session(device.id()));
          });
    }
    Map<RecordKey, StoredRecord> records = from.records(keys);
    long now = epoch.observe(records);
    List<UserId> trimmed = new ArrayList<>();
    List<Trim> trims = new ArrayList<>();
    devices.forEach(
        (user, known) ->
            acknowledgedByAll(user, known, records, now)
                .ifPresent(
                    position -> {
                      trimmed.add(user);
                      trims.add(new Trim(Keys.inbox(user), position));
                    }));
    return trims.isEmpty() ? List.of() : trim(from, trimmed, trims);
  }

  private List<UserId> trim(Store from, List<UserId> users, List<Trim> trims) {
    List<Long> before =
        from.heads(trims.stream().map(Trim::stream).toList()).stream()
            .map(head -> head.floor())
            .toList();
    List<Long> floors = from.trim(trims, MOST_ROWS);
    List<UserId> unfinished = new ArrayList<>();
    for (int i = 0; i < floors.size(); i++) {
      tally.trimmedRows.add(Math.max(0, floors.get(i) - before.get(i)));
      if (floors.get(i) < trims.get(i).through() && floors.get(i) > before.get(i)) {
        unfinished.add(users.get(i));
      }
    }
    return unfinished;
  }

  /** A record that cannot be read holds its user's inbox back, and nobody else's. */
  private static List<Device> devicesOf(UserId user, @Nullable StoredRecord stored) {
    try {
      return Directory.of(user, stored).devices();
    } catch (StoreException unreadable) {
      log.error("The devices of {} cannot be read", user, unreadable);
      return List.of();
    }
  }

  private OptionalLong acknowledgedByAll(
      UserId user, List<Device> devices, Map<RecordKey, StoredRecord> records, long now) {
    try {
      return acknowledgedByAll(devices, records, now);
    } catch (StoreException unreadable) {
      log.error("A cursor of {} cannot be read", user, unreadable);
      return OptionalLong.empty();
    }
  }

  /**
   * How far every active device came that is known to stand somewhere; nothing if there is none, or
   * one of them stands in an earlier epoch.
   */
  private OptionalLong acknowledgedByAll(
      List<Device> devices, Map<RecordKey, StoredRecord> records, long now) {
    long oldest = resources.clock().millis() - options.dormantAfter().toMillis();
    OptionalLong least = OptionalLong.empty();
    for (Device device : devices) {
      StoredRecord cursorRecord = records.get(Keys.cursor(device.id()));
      StoredRecord sessionRecord = records.get(Keys.session(device.id()));
      if (cursorRecord == null) {
        // It begins with a snapshot when it comes, and needs nothing of what is here.
        continue;
      }
      CursorRecord cursor = CursorRecord.of(cursorRecord);
      long seen =
          Math.max(
              cursor.seenMillis(),
              sessionRecord == null ? 0 : SessionRecord.of(sessionRecord).seenMillis());
      if (seen < oldest) {
        continue;
      }
      if (cursor.epoch() != now) {
        return OptionalLong.empty();
      }
      least = OptionalLong.of(Math.min(least.orElse(Long.MAX_VALUE), cursor.position()));
    }
    return least.isPresent() && least.getAsLong() > 0 ? least : OptionalLong.empty();
  }
}
