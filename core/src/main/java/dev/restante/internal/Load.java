package dev.restante.internal;

import dev.restante.api.Member;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Fetches what some homes lack: heads first, then records, so that records may be newer than heads
 * (the next commit is then a conflict) but not older. A home may need several loads: its group's
 * members are known only after the first.
 */
final class Load {
  /** How many of a home's works to prepare at once. */
  private static final int MOST_WORKS = 500;

  /** A stream that ends before a row that it had. */
  record Lost(Stream stream, long had, long has) {}

  private final long tick;
  private final Epoch epoch;
  private final Set<Stream> streams = new LinkedHashSet<>();
  private final Map<RecordKey, LogState> groups = new LinkedHashMap<>();
  private final Map<RecordKey, InboxState> devices = new LinkedHashMap<>();
  private final Map<Stream, StreamHead> heads = new LinkedHashMap<>();
  private final Map<LogState, Group> foundGroups = new HashMap<>();
  private final Map<InboxState, Directory> foundDevices = new HashMap<>();

  Load(long tick, Epoch epoch) {
    this.tick = tick;
    this.epoch = epoch;
  }

  /** Collects what a home lacks. Called with the committer's lock held. */
  void addMissingOf(Stream home) {
    if (!home.loaded) {
      streams.add(home);
      if (home instanceof LogState log && !log.conversation.isDirect()) {
        groups.put(Keys.group(log.conversation), log);
      }
    }
    if (home instanceof LogState log) {
      for (InboxState member : log.members) {
        if (!member.loaded) {
          streams.add(member);
        }
      }
    }
    home.queue.stream().limit(MOST_WORKS).forEach(this::addMissingOf);
  }

  private void addMissingOf(Work<?> work) {
    InboxState devicesOf = work.devicesOf();
    if (devicesOf != null && devicesOf.devices == null) {
      devices.put(devicesOf.devicesKey, devicesOf);
    }
    if (work.writesToExtras()) {
      for (InboxState extra : work.extras) {
        if (!extra.loaded) {
          streams.add(extra);
        }
      }
    }
  }

  /** Reads it. Called without the lock. */
  Load read(Store store) {
    List<Stream> wanted = new ArrayList<>(streams);
    List<StreamHead> found = store.heads(wanted.stream().map(stream -> stream.key).toList());
    for (int i = 0; i < wanted.size(); i++) {
      heads.put(wanted.get(i), found.get(i));
    }
    Set<RecordKey> keys = new LinkedHashSet<>(groups.keySet());
    if (!devices.isEmpty()) {
      // A device that is registered begins in an epoch, which must not be older than the store's.
      keys.addAll(devices.keySet());
      keys.add(Keys.EPOCH);
    }
    Map<RecordKey, StoredRecord> records = keys.isEmpty() ? Map.of() : store.records(keys);
    epoch.observe(records);
    groups.forEach(
        (key, log) -> {
          Group group = Group.of(log.conversation, records.get(key));
          if (group != null) {
            foundGroups.put(log, group);
          }
        });
    devices.forEach(
        (key, inbox) -> foundDevices.put(inbox, Directory.of(inbox.user, records.get(key))));
    return this;
  }

  /**
   * Makes it known, except for streams that a batch has taken meanwhile. Called with the
   * committer's lock held.
   *
   * @param now the committer's tick: only a load that begins after it can show that less is there
   * @return streams of which less is there than was
   */
  List<Lost> apply(Streams known, long now) {
    List<Lost> lost = new ArrayList<>(0);
    heads.forEach(
        (stream, head) -> {
          if (tick > stream.seenAt) {
            if (head.head() < stream.seenHead) {
              lost.add(new Lost(stream, stream.seenHead, head.head()));
            }
            stream.seenHead = head.head();
          } else {
            // Another load came in meanwhile; which of them read first is not known.
            stream.seenHead = Math.max(stream.seenHead, head.head());
          }
          stream.seenAt = now;
          if (!stream.loaded && stream.owner == null) {
            stream.head = head.head();
            stream.ordinal = head.ordinal();
            stream.timeMillis = head.timeMillis();
            stream.loaded = true;
            stream.loadedAt = tick;
            stream.confirmedAt = -1;
            if (stream instanceof LogState log) {
              applyMembers(log, known);
            }
          }
        });
    foundDevices.forEach(
        (inbox, directory) -> {
          if (inbox.devices == null) {
            inbox.devices = directory;
            inbox.devicesLoadedAt = tick;
          }
        });
    return lost;
  }

  /** The latest time at which a stream ends, in milliseconds since 1970. */
  long latestMillis() {
    return heads.values().stream().mapToLong(StreamHead::timeMillis).max().orElse(0);
  }

  private void applyMembers(LogState log, Streams known) {
    if (log.conversation.isDirect()) {
      log.setMembers(log.conversation.pair().stream().map(known::inbox).toArray(InboxState[]::new));
      return;
    }
    log.group = foundGroups.get(log);
    if (log.group != null) {
      log.setMembers(
          log.group.members().stream()
              .map(Member::user)
              .map(known::inbox)
              .toArray(InboxState[]::new));
    }
  }
}
