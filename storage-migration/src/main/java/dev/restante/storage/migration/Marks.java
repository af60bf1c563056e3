package dev.restante.storage.migration;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What this node changed in the old store, or may have changed, and has not looked at since:
 * streams, submits and records, by their keys. Safe for use by many threads.
 */
final class Marks {
  /** What became of a call. */
  enum Fate {
    /** It changed nothing. */
    NOTHING,
    /** It is done. */
    DONE,
    /** It may be done, or be done later, until the plan it was guarded on has changed. */
    UNKNOWN
  }

  /** A call under way. */
  static final class Ticket {
    private final Collection<Object> keys;

    private Ticket(Collection<Object> keys) {
      this.keys = keys;
    }
  }

  private final int most;
  private final Set<Ticket> underWay = new HashSet<>();
  private final Set<Object> dirty = new LinkedHashSet<>();

  /** What may still change, until writers are frozen. */
  private final Set<Object> late = new LinkedHashSet<>();

  private boolean overflown;

  Marks(int most) {
    this.most = most;
  }

  synchronized Ticket begin(Collection<Object> keys) {
    Ticket ticket = new Ticket(keys);
    underWay.add(ticket);
    return ticket;
  }

  synchronized void end(Ticket ticket, Fate fate) {
    underWay.remove(ticket);
    if (fate == Fate.DONE) {
      add(ticket.keys);
    } else if (fate == Fate.UNKNOWN) {
      late.addAll(ticket.keys);
      checkSize();
    }
  }

  synchronized void add(Collection<?> keys) {
    dirty.addAll(keys);
    checkSize();
  }

  private void checkSize() {
    if (dirty.size() + late.size() > most) {
      dirty.clear();
      late.clear();
      overflown = true;
    }
  }

  /** Takes some of what is certain to have changed. */
  synchronized List<Object> take(int count) {
    List<Object> taken = new ArrayList<>(Math.min(count, dirty.size()));
    for (Object key : dirty) {
      if (taken.size() == count) {
        break;
      }
      taken.add(key);
    }
    taken.forEach(dirty::remove);
    return taken;
  }

  /** Takes all there is, and names what is under way. Nothing of it changes any more. */
  synchronized List<Object> takeAll() {
    Set<Object> all = new LinkedHashSet<>(dirty);
    all.addAll(late);
    underWay.forEach(ticket -> all.addAll(ticket.keys));
    dirty.clear();
    late.clear();
    return new ArrayList<>(all);
  }

  /**
   * Whether there was more than may be kept, since this was asked last. From now on everything is
   * kept again; the caller has to see to it that all is compared that changed before.
   */
  synchronized boolean takeOverflow() {
    boolean was = overflown;
    overflown = false;
    return was;
  }

  synchronized void overflow() {
    overflown = true;
  }

  synchronized boolean isOverflown() {
    return overflown;
  }

  synchronized int size() {
    return dirty.size() + late.size();
  }

  /** How much can be looked at before writers are frozen. */
  synchronized int ripe() {
    return dirty.size();
  }

  /** Whether nothing was left and no call is under way. */
  synchronized boolean isEmpty() {
    return dirty.isEmpty() && late.isEmpty() && underWay.isEmpty() && !overflown;
  }
}
