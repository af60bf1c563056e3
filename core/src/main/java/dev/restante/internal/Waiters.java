package dev.restante.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Sees to it that a home which needs many streams gets its turn. While the writers are busy, one of
 * a large group's inboxes is always in some batch; without help the group would wait for one of
 * them after the other, for ever, and its works would fill the queue.
 *
 * <p>A home that was blocked {@value #PATIENCE} times in a row gets in a line of its own. The first
 * of that line, if it is blocked again, has its streams <em>reserved</em>: batches that are begun
 * afterwards leave them alone, so it can be blocked no more often than there are writers. All
 * others go on. Only one home at a time has streams reserved, so two cannot wait for each other.
 *
 * <p>A stream that is in a batch already may be taken by more works of that batch even if it is
 * reserved: that makes nobody wait longer, and the many conversations of one busy user are still
 * written together.
 *
 * <p>Guarded by the committer's lock.
 */
final class Waiters {
  /** How many times in a row a home may be blocked before it gets in line. */
  static final int PATIENCE = 3;

  private final ArrayDeque<Stream> line = new ArrayDeque<>(0);
  private final List<Stream> reserved = new ArrayList<>(0);

  /** Whether streams are reserved for this home. */
  boolean isNext(Stream home) {
    return !reserved.isEmpty() && line.peek() == home;
  }

  /** A home was found to be blocked. */
  void blocked(Stream home) {
    home.timesBlocked++;
    if (home.timesBlocked < PATIENCE) {
      // Also if it is in line still: since it got there it went without help.
      return;
    }
    if (!home.inLine) {
      home.inLine = true;
      line.add(home);
    }
    if (line.peek() == home) {
      reserve(home);
    }
  }

  /** Also where it has a reservation: its members may have changed since. */
  private void reserve(Stream home) {
    Work<?> work = home.queue.element();
    reserve(home, home);
    if (home instanceof LogState log) {
      for (InboxState member : log.members) {
        reserve(member, home);
      }
    }
    if (work.writesToExtras()) {
      for (InboxState extra : work.extras) {
        reserve(extra, home);
      }
    }
  }

  private void reserve(Stream stream, Stream home) {
    if (stream.reservedFor != home) {
      stream.reservedFor = home;
      reserved.add(stream);
    }
  }

  /**
   * A home is in a batch now.
   *
   * @return streams that are no longer reserved; who waits for one that is in no batch may go on
   */
  List<Stream> taken(Stream home) {
    home.timesBlocked = 0;
    return isNext(home) ? lift() : List.of();
  }

  /** As {@link #taken}, if the one whose turn it is has nothing left to write. */
  List<Stream> gone() {
    Stream next = line.peek();
    return next != null && next.queue.isEmpty() ? lift() : List.of();
  }

  private List<Stream> lift() {
    leave(line.remove());
    List<Stream> free = new ArrayList<>(reserved);
    reserved.clear();
    free.forEach(stream -> stream.reservedFor = null);
    return free;
  }

  /** Reserves for the next in line. Once a batch is full, so that it did not stand in its way. */
  void next() {
    Stream next = line.peek();
    while (next != null && next.timesBlocked < PATIENCE) {
      // It went without help.
      leave(line.remove());
      next = line.peek();
    }
    if (next != null && next.place == Stream.Place.BLOCKED) {
      reserve(next);
    }
  }

  private static void leave(Stream home) {
    home.inLine = false;
    home.timesBlocked = 0;
  }
}
