package dev.restante.internal;

import dev.restante.RestanteOptions;
import dev.restante.api.DeviceId;
import org.jspecify.annotations.Nullable;

/**
 * Fills batches: decides which works fit, which streams they need, and what stands in their way.
 * Called with the committer's lock held.
 */
final class Filler {
  private static final int[] NO_SLOTS = {};

  private final RestanteOptions options;
  private final StoreAccess store;

  Filler(RestanteOptions options, StoreAccess store) {
    this.options = options;
    this.store = store;
  }

  /**
   * Whether the first work of a home cannot be planned on what is loaded.
   *
   * @param locked whether its batch is planned at heads that the store holds still, so that what is
   *     known of heads does not matter
   */
  static boolean needsLoad(Stream home, boolean locked) {
    if (isMissing(home, locked)) {
      return true;
    }
    if (home instanceof LogState log) {
      for (InboxState member : log.members) {
        if (isMissing(member, locked)) {
          return true;
        }
      }
    }
    return !isPrepared(home.queue.element(), locked);
  }

  /** What is known and likely to be wrong is forgotten here, when it is needed. */
  private static boolean isMissing(Stream stream, boolean locked) {
    if (!locked && stream.owner == null && stream.isStale()) {
      stream.unload();
    }
    return !stream.loaded;
  }

  private static boolean isPrepared(Work<?> work, boolean locked) {
    InboxState devicesOf = work.devicesOf();
    if (devicesOf != null && devicesOf.devices == null) {
      return false;
    }
    if (work.writesToExtras()) {
      for (InboxState extra : work.extras) {
        if (isMissing(extra, locked)) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Moves works from a home's queue to a batch, as many as fit.
   *
   * @return the stream that stands in the way of the first work, if one does
   */
  @Nullable Stream take(Stream home, Batch batch) {
    Batch.Home where = null;
    while (!home.queue.isEmpty()) {
      Work<?> work = home.queue.element();
      int rows = rows(home, work);
      if (isFull(batch, work, rows) || !isPrepared(work, batch.locked)) {
        break;
      }
      Stream obstacle = obstacle(home, work, batch);
      if (obstacle != null) {
        return where == null ? obstacle : null;
      }
      if (where == null) {
        where = new Batch.Home(home, batch.slotOf(home));
        batch.homes.add(where);
      }
      home.queue.remove();
      add(batch, where, work, rows);
      if (work.endsBatch()) {
        break;
      }
    }
    return null;
  }

  /** The most rows that one work may write: a group is created with all its members. */
  static int rowsOfLargestWork(RestanteOptions options) {
    return 2 + 2 * options.maxGroupMembers();
  }

  /** The most rows of every kind that a work writes: its own, and one in each inbox. */
  private static int rows(Stream home, Work<?> work) {
    int rows = work.ownRows();
    if (home instanceof LogState log) {
      rows += log.members.length;
    }
    if (work.writesToExtras()) {
      rows += work.extras.size();
    }
    InboxState sendersOwn = work.devicesOf();
    return sendersOwn != null && !isWritten(work, sendersOwn) ? rows - 1 : rows;
  }

  /** One work is never split: that no work alone is too large was checked at opening. */
  private boolean isFull(Batch batch, Work<?> work, int rows) {
    return batch.works > 0
        && (batch.rows + rows > Math.min(options.batchRows(), store.maxCommitRows())
            || batch.bytes + work.bytes > options.batchBytes()
            || batch.works >= Math.min(batch.maxWorks, work.maxBatch));
  }

  private static @Nullable Stream obstacle(Stream home, Work<?> work, Batch batch) {
    if (!batch.mayTake(home, home)) {
      return home;
    }
    if (home instanceof LogState log) {
      for (InboxState member : log.members) {
        if (isWritten(work, member) && !batch.mayTake(member, home)) {
          return member;
        }
      }
    }
    if (work.writesToExtras()) {
      for (InboxState extra : work.extras) {
        if (!batch.mayTake(extra, home)) {
          return extra;
        }
      }
    }
    return null;
  }

  /** Whether a work writes to a member's inbox: a sender with one device learns nothing from it. */
  private static boolean isWritten(Work<?> work, InboxState member) {
    DeviceId sender = work.sender();
    return member != work.devicesOf()
        || sender == null
        || member.devices == null
        || !member.devices.hasNoneBut(sender);
  }

  private static void add(Batch batch, Batch.Home where, Work<?> work, int rows) {
    if (where.stream instanceof LogState log) {
      for (int i = 0; i < log.members.length; i++) {
        if (isWritten(work, log.members[i])) {
          where.memberSlots[i] = batch.slotOf(log.members[i]);
        }
      }
    }
    int[] slots = work.writesToExtras() ? new int[work.extras.size()] : NO_SLOTS;
    for (int i = 0; i < slots.length; i++) {
      slots[i] = batch.slotOf(work.extras.get(i));
    }
    InboxState devicesOf = work.devicesOf();
    Directory devices = devicesOf == null ? null : devicesOf.devices;
    if (devicesOf != null && devices != null) {
      batch.guardDevicesOf(devicesOf, devices);
    }
    where.add(
        new Batch.Taken(work, slots, devices, devicesOf == null ? 0 : devicesOf.devicesLoadedAt));
    batch.works++;
    batch.rows += rows;
    batch.bytes += work.bytes;
    batch.maxWorks = Math.min(batch.maxWorks, work.maxBatch);
  }
}
