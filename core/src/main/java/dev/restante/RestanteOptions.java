package dev.restante;

import static java.util.Objects.requireNonNull;

import dev.restante.api.MessageKind;
import dev.restante.storage.Durability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Every number that a host may choose. Immutable; {@link #builder()} begins with the defaults and
 * {@link Builder#build()} names all that is out of bounds at once.
 */
public final class RestanteOptions {
  /** Who stays when a user has as many devices as he may have. */
  public enum DeviceOverflow {
    /** The newest: the device that was registered first is revoked. */
    NEWEST_WINS,
    /** The oldest: the new device is refused. */
    OLDEST_WINS
  }

  private final Builder values;

  private RestanteOptions(Builder values) {
    this.values = values;
  }

  /** The defaults. */
  public static RestanteOptions defaults() {
    return builder().build();
  }

  /** Begins with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Begins with these values. */
  public Builder toBuilder() {
    return values.copy();
  }

  /** See {@link Builder#minimumDurability}. */
  public Durability minimumDurability() {
    return values.minimumDurability;
  }

  /** See {@link Builder#maxBodyBytes}. */
  public int maxBodyBytes() {
    return values.maxBodyBytes;
  }

  /** See {@link Builder#maxGroupMembers}. */
  public int maxGroupMembers() {
    return values.maxGroupMembers;
  }

  /** See {@link Builder#newMembersSeeHistory}. */
  public boolean newMembersSeeHistory() {
    return values.newMembersSeeHistory;
  }

  /** See {@link Builder#uncountedKinds}. */
  public Set<MessageKind> uncountedKinds() {
    return values.uncountedKinds;
  }

  /** See {@link Builder#dedupWindow}. */
  public Duration dedupWindow() {
    return values.dedupWindow;
  }

  /** See {@link Builder#maxQueuedMessages}. */
  public int maxQueuedMessages() {
    return values.maxQueuedMessages;
  }

  /** See {@link Builder#maxQueuedBytes}. */
  public long maxQueuedBytes() {
    return values.maxQueuedBytes;
  }

  /** See {@link Builder#maxQueuedReads}. */
  public int maxQueuedReads() {
    return values.maxQueuedReads;
  }

  /** See {@link Builder#writers}. */
  public int writers() {
    return values.writers;
  }

  /** See {@link Builder#batchRows}. */
  public int batchRows() {
    return values.batchRows;
  }

  /** See {@link Builder#batchBytes}. */
  public long batchBytes() {
    return values.batchBytes;
  }

  /** See {@link Builder#cachedStreams}. */
  public int cachedStreams() {
    return values.cachedStreams;
  }

  /** See {@link Builder#storeCallTimeout}. */
  public Duration storeCallTimeout() {
    return values.storeCallTimeout;
  }

  /** See {@link Builder#verifyHeads}. */
  public boolean verifyHeads() {
    return values.verifyHeads;
  }

  /** See {@link Builder#pollInterval}. */
  public Duration pollInterval() {
    return values.pollInterval;
  }

  /** See {@link Builder#maxDevicesPerUser}. */
  public int maxDevicesPerUser() {
    return values.maxDevicesPerUser;
  }

  /** See {@link Builder#maxDevicesPerPlatform}. */
  public int maxDevicesPerPlatform() {
    return values.maxDevicesPerPlatform;
  }

  /** See {@link Builder#deviceOverflow}. */
  public DeviceOverflow deviceOverflow() {
    return values.deviceOverflow;
  }

  /** See {@link Builder#dormantAfter}. */
  public Duration dormantAfter() {
    return values.dormantAfter;
  }

  /** See {@link Builder#maxResends}. */
  public int maxResends() {
    return values.maxResends;
  }

  /** See {@link Builder#leaseDuration}. */
  public Duration leaseDuration() {
    return values.leaseDuration;
  }

  /** Collects values. Not safe for use by several threads. */
  public static final class Builder {
    private Durability minimumDurability = Durability.LOCAL;
    private int maxBodyBytes = 64 * 1024;
    private int maxGroupMembers = 500;
    private boolean newMembersSeeHistory = true;
    private Set<MessageKind> uncountedKinds = Set.of(MessageKind.SYSTEM);
    private Duration dedupWindow = Duration.ofDays(7);
    private int maxQueuedMessages = 100_000;
    private long maxQueuedBytes = 64L * 1024 * 1024;
    private int maxQueuedReads = 10_000;
    private int writers = 2;
    private int batchRows = 2_000;
    private long batchBytes = 4L * 1024 * 1024;
    private int cachedStreams = 200_000;
    private Duration storeCallTimeout = Duration.ofSeconds(10);
    private boolean verifyHeads;
    private Duration pollInterval = Duration.ofSeconds(1);
    private int maxDevicesPerUser = 20;
    private int maxDevicesPerPlatform = 20;
    private DeviceOverflow deviceOverflow = DeviceOverflow.NEWEST_WINS;
    private Duration dormantAfter = Duration.ofDays(30);
    private int maxResends = 5;
    private Duration leaseDuration = Duration.ofSeconds(15);

    private Builder() {}

    /**
     * The least that the store must promise of an acknowledged message; the node does not start on
     * a store that promises less. Default {@link Durability#LOCAL}; the in-memory store needs
     * {@link Durability#VOLATILE}.
     */
    public Builder minimumDurability(Durability value) {
      minimumDurability = requireNonNull(value, "minimumDurability");
      return this;
    }

    /** The largest body of a message, in bytes: 1 to 16 MiB, default 64 KiB. */
    public Builder maxBodyBytes(int value) {
      maxBodyBytes = value;
      return this;
    }

    /**
     * The most members of a group: 2 to 5,000, default 500. Each gets an inbox row a message. The
     * store must take twice as many rows in a commit, and two more; the node does not start on one
     * that takes less.
     */
    public Builder maxGroupMembers(int value) {
      maxGroupMembers = value;
      return this;
    }

    /** Whether a new member of a group may read what was said before. Default true. */
    public Builder newMembersSeeHistory(boolean value) {
      newMembersSeeHistory = value;
      return this;
    }

    /** Kinds that do not count as unread. Default: system messages. */
    public Builder uncountedKinds(Set<MessageKind> value) {
      uncountedKinds = Set.copyOf(requireNonNull(value, "uncountedKinds"));
      return this;
    }

    /**
     * How long a client message id is remembered: at least a minute, default 7 days, {@link
     * #FOREVER} for ever.
     */
    public Builder dedupWindow(Duration value) {
      dedupWindow = requireNonNull(value, "dedupWindow");
      return this;
    }

    /** The most submits that may wait, 1 to 10,000,000, default 100,000. */
    public Builder maxQueuedMessages(int value) {
      maxQueuedMessages = value;
      return this;
    }

    /** The most payload bytes that may wait, default 64 MiB. */
    public Builder maxQueuedBytes(long value) {
      maxQueuedBytes = value;
      return this;
    }

    /**
     * The most of the host's reads (history, members, devices) that may wait or be under way, 1 to
     * 1,000,000, default 10,000.
     */
    public Builder maxQueuedReads(int value) {
      maxQueuedReads = value;
      return this;
    }

    /** How many commits may be under way at once, 1 to 16, default 2. */
    public Builder writers(int value) {
      writers = value;
      return this;
    }

    /**
     * The most rows of every kind in a commit, default 2,000; a message to a large group may exceed
     * it alone. Never more than the store takes.
     */
    public Builder batchRows(int value) {
      batchRows = value;
      return this;
    }

    /** The most payload bytes in a commit, default 4 MiB; one message may exceed it alone. */
    public Builder batchBytes(long value) {
      batchBytes = value;
      return this;
    }

    /** How many conversations and inboxes to remember the state of, default 200,000. */
    public Builder cachedStreams(int value) {
      cachedStreams = value;
      return this;
    }

    /** How long a call to the store may take, 10 ms to 5 min, default 10 s. */
    public Builder storeCallTimeout(Duration value) {
      storeCallTimeout = requireNonNull(value, "storeCallTimeout");
      return this;
    }

    /**
     * Whether every append makes sure that its predecessor is still there, not only the first one
     * after a head was loaded or a call failed. For stores that may lose acknowledged writes behind
     * a connection that seems to hold, such as an asynchronous replica behind a proxy; costs about
     * a fifth of the throughput. Of what is read it makes sure of nothing. Default false.
     */
    public Builder verifyHeads(boolean value) {
      verifyHeads = value;
      return this;
    }

    /** How often to look for what other nodes wrote, 10 ms to 1 min, default 1 s. */
    public Builder pollInterval(Duration value) {
      pollInterval = requireNonNull(value, "pollInterval");
      return this;
    }

    /** The most devices of a user, 1 to 100, default 20. */
    public Builder maxDevicesPerUser(int value) {
      maxDevicesPerUser = value;
      return this;
    }

    /** The most devices of a user on one platform, 1 to 100, default 20. */
    public Builder maxDevicesPerPlatform(int value) {
      maxDevicesPerPlatform = value;
      return this;
    }

    /** Who stays when a user has too many devices. Default: the newest wins. */
    public Builder deviceOverflow(DeviceOverflow value) {
      deviceOverflow = requireNonNull(value, "deviceOverflow");
      return this;
    }

    /**
     * A device unseen for so long no longer holds its user's inbox back, and comes back through a
     * snapshot if entries that it lacks were removed meanwhile. At least an hour, default 30 days.
     */
    public Builder dormantAfter(Duration value) {
      dormantAfter = requireNonNull(value, "dormantAfter");
      return this;
    }

    /**
     * How often a device is handed the same, over as many sessions, without acknowledging any of it
     * before the {@link RestanteListener} is told and it gets entries one at a time; and how often
     * it is handed one entry alone before a gap takes that entry's place for this device. 1 to
     * 1,000,000, default 5.
     */
    public Builder maxResends(int value) {
      maxResends = value;
      return this;
    }

    /**
     * How long a node must not have been heard of before another one takes over the background work
     * that one node at a time does on a shared store. It then goes on within two of these. Such
     * work comes every two to three of these, and no more seldom than every 45 s: at present, the
     * removal of client message ids that are no longer remembered. 1 s to 10 min, default 15 s.
     */
    public Builder leaseDuration(Duration value) {
      leaseDuration = requireNonNull(value, "leaseDuration");
      return this;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException that names every value out of bounds
     */
    public RestanteOptions build() {
      List<String> wrong = new ArrayList<>();
      check(wrong, "maxBodyBytes", maxBodyBytes, 1, MAX_BODY_BYTES);
      check(wrong, "maxGroupMembers", maxGroupMembers, 2, 5_000);
      check(wrong, "maxQueuedMessages", maxQueuedMessages, 1, 10_000_000);
      check(wrong, "maxQueuedBytes", maxQueuedBytes, Math.max(1, maxBodyBytes), 1L << 40);
      check(wrong, "maxQueuedReads", maxQueuedReads, 1, 1_000_000);
      check(wrong, "writers", writers, 1, 16);
      check(wrong, "batchRows", batchRows, 1, 100_000);
      check(wrong, "batchBytes", batchBytes, 1, 1L << 30);
      check(wrong, "cachedStreams", cachedStreams, 100, 100_000_000);
      check(wrong, "maxDevicesPerUser", maxDevicesPerUser, 1, 100);
      check(wrong, "maxDevicesPerPlatform", maxDevicesPerPlatform, 1, 100);
      check(wrong, "maxResends", maxResends, 1, 1_000_000);
      check(wrong, "dedupWindow", dedupWindow, Duration.ofMinutes(1), FOREVER);
      check(
          wrong,
          "storeCallTimeout",
          storeCallTimeout,
          Duration.ofMillis(10),
          Duration.ofMinutes(5));
      check(wrong, "pollInterval", pollInterval, Duration.ofMillis(10), Duration.ofMinutes(1));
      check(wrong, "dormantAfter", dormantAfter, Duration.ofHours(1), FOREVER);
      check(wrong, "leaseDuration", leaseDuration, Duration.ofSeconds(1), Duration.ofMinutes(10));
      if (!wrong.isEmpty()) {
        throw new IllegalArgumentException(String.join("; ", wrong));
      }
      return new RestanteOptions(copy());
    }

    private Builder copy() {
      Builder copy = new Builder();
      copy.minimumDurability = minimumDurability;
      copy.maxBodyBytes = maxBodyBytes;
      copy.maxGroupMembers = maxGroupMembers;
      copy.newMembersSeeHistory = newMembersSeeHistory;
      copy.uncountedKinds = uncountedKinds;
      copy.dedupWindow = dedupWindow;
      copy.maxQueuedMessages = maxQueuedMessages;
      copy.maxQueuedBytes = maxQueuedBytes;
      copy.maxQueuedReads = maxQueuedReads;
      copy.writers = writers;
      copy.batchRows = batchRows;
      copy.batchBytes = batchBytes;
      copy.cachedStreams = cachedStreams;
      copy.storeCallTimeout = storeCallTimeout;
      copy.verifyHeads = verifyHeads;
      copy.pollInterval = pollInterval;
      copy.maxDevicesPerUser = maxDevicesPerUser;
      copy.maxDevicesPerPlatform = maxDevicesPerPlatform;
      copy.deviceOverflow = deviceOverflow;
      copy.dormantAfter = dormantAfter;
      copy.maxResends = maxResends;
      copy.leaseDuration = leaseDuration;
      return copy;
    }

    private static void check(List<String> wrong, String what, long value, long min, long max) {
      if (value < min || value > max) {
        wrong.add(what + " must be " + min + " to " + max + ", is " + value);
      }
    }

    private static void check(
        List<String> wrong, String what, Duration value, Duration min, Duration max) {
      if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
        wrong.add(what + " must be " + min + " to " + max + ", is " + value);
      }
    }
  }

  /** The largest body that any host may allow, in bytes: 16 MiB. */
  public static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

  /** A time span that does not end: about three thousand years. */
  public static final Duration FOREVER = Duration.ofDays(1_000_000);
}
