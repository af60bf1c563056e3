package dev.restante.internal;

import static java.util.Objects.requireNonNull;

import dev.restante.api.UserId;
import dev.restante.storage.Guard;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Works that are committed together, and the streams that belong to them meanwhile. Filled under
 * the committer's lock, not changed afterwards.
 */
final class Batch {
  /**
   * One work in the batch.
   *
   * @param work the work
   * @param slots the streams of its extras, in their order
   * @param devices what was known of the devices that matter to it, if they do
   * @param devicesLoadedAt when that was loaded, by the committer's tick
   */
  record Taken(Work<?> work, int[] slots, @Nullable Directory devices, long devicesLoadedAt) {}

  /** The works of one home stream, in their order. */
  static final class Home {
    private static final UserId[] NOBODY = {};

    final Stream stream;
    final int slot;

    /** The members, or the pair; of another kind of stream nobody. */
    final UserId[] users;

    /** The members' streams, in their order; -1 where no work of this batch writes to it. */
    final int[] memberSlots;

    /** The group as it was when the batch was filled. */
    final @Nullable Group group;

    final long loadedAt;

    // Most homes have one work in a batch, and batches are many: no list before there are two.
    private @Nullable Taken first;
    private List<Taken> others = List.of();

    Home(Stream stream, int slot) {
      this.stream = stream;
      this.slot = slot;
      this.loadedAt = stream.loadedAt;
      this.group = stream instanceof LogState log ? log.group : null;
      this.users = stream instanceof LogState log ? log.users : NOBODY;
      this.memberSlots = new int[users.length];
      Arrays.fill(memberSlots, -1);
    }

    void add(Taken work) {
      if (first == null) {
        first = work;
        return;
      }
      if (others.isEmpty()) {
        others = new ArrayList<>();
      }
      others.add(work);
    }

    int count() {
      return first == null ? 0 : 1 + others.size();
    }

    Taken get(int index) {
      return index == 0 ? requireNonNull(first) : others.get(index - 1);
    }

    List<Taken> works() {
      List<Taken> works = new ArrayList<>(count());
      for (int i = 0; i < count(); i++) {
        works.add(get(i));
      }
      return works;
    }

    boolean hasMember(UserId user) {
      for (UserId each : users) {
        if (each.equals(user)) {
          return true;
        }
      }
      return false;
    }
  }

  final List<Stream> streams;
  final List<Home> homes;

  /**
   * That users still have the devices that works were taken under, once for each user. A user who
   * has no record of devices yet needs none: his messages go to his own inbox too, of which the
   * head would not fit.
   */
  final List<Guard> guards = new ArrayList<>();

  private final long number;

  /** Whether it is planned at heads that the store holds still. */
  boolean locked;

  /** How many times another node was met; see {@link Committer#MOST_FIGHTS}. */
  int fights;

  /** Whether it gave its streams back. */
  boolean released;

  int works;
  long rows;
  long bytes;
  int maxWorks = Integer.MAX_VALUE;

  /**
   * @param number another one for each batch
   * @param homes about how many homes it may get
   */
  Batch(long number, int homes) {
    this.number = number;
    this.homes = new ArrayList<>(homes);
    this.streams = new ArrayList<>(2 * homes);
  }

  /** Makes a stream belong to this batch. */
  int slotOf(Stream stream) {
    if (stream.owner != this) {
      stream.owner = this;
      stream.slot = streams.size();
      stream.plannedAt = stream.headToPlanAt();
      streams.add(stream);
    }
    return stream.slot;
  }

  /** Makes the commit depend on a user's devices being as they are known now. */
  void guardDevicesOf(InboxState user, Directory devices) {
    if (devices.version() > 0 && user.guardedIn != number) {
      user.guardedIn = number;
      guards.add(new Guard(user.devicesKey, devices.version()));
    }
  }

  /** Whether a stream is free for works of a home in this batch. */
  boolean mayTake(Stream stream, Stream home) {
    return stream.owner == this
        || (stream.owner == null && (stream.reservedFor == null || stream.reservedFor == home));
  }

  Iterable<Work<?>> allWorks() {
    List<Work<?>> all = new ArrayList<>(works);
    for (Home home : homes) {
      for (int i = 0; i < home.count(); i++) {
        all.add(home.get(i).work());
      }
    }
    return all;
  }
}
