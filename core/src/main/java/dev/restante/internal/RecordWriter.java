package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.StoreCalls.Kind;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes records that only rise: cursors, session claims, the epoch. One write is under way at a
 * time; what comes meanwhile gathers, the greatest version of each record only, so a device that
 * acknowledges every entry costs no more than one that does so now and then. A write that fails is
 * repeated until it succeeds, which is safe since raising is idempotent.
 *
 * <p>Memory is bounded by one record for each device that connected, and two waiters for each open
 * session: it waits for one cursor at a time, and once for its claim. Safe for use by many threads.
 */
final class RecordWriter {
  private static final Logger log = LoggerFactory.getLogger(RecordWriter.class);

  /** Waits until a record is durable. */
  interface Waiter {
    /** Is told, once, whether it is; it is not if the node closed before. */
    void raised(boolean durable);

    /** Whether nobody is left who wants to know; it is then forgotten. */
    default boolean isGone() {
      return false;
    }
  }

  private static final int MOST_RECORDS = 500;

  /** How often to look, while closing, whether all is written. */
  private static final long LONGEST_WAIT_MILLIS = 20;

  static final Duration PAUSE = Duration.ofMillis(200);

  /** A value that waits, and who waits for it. */
  private static final class Pending {
    RecordWrite write;
    final List<Waiter> waiting = new ArrayList<>(1);

    Pending(RecordWrite write) {
      this.write = write;
    }

    /** What may be in another store is written by itself: either store may be away. */
    boolean isApart() {
      return Keys.OF_DEVICES.contains(write.key().space());
    }

    void add(List<Waiter> more) {
      waiting.addAll(more);
      waiting.removeIf(Waiter::isGone);
    }
  }

  private final StoreAccess store;
  private final Resources resources;
  private final Map<RecordKey, Pending> pending = new LinkedHashMap<>();
  private boolean writing;
  private boolean closed;
  private boolean told;

  RecordWriter(StoreAccess store, Resources resources) {
    this.store = store;
    this.resources = resources;
  }

  /** Raises a record, and tells whether it is durable; it is not if the node closed before. */
  void raise(RecordWrite write, Waiter then) {
    boolean taken;
    synchronized (this) {
      taken = !closed;
      if (taken) {
        add(write).add(List.of(then));
      }
    }
    if (taken) {
      pump();
    } else {
      then.raised(false);
    }
  }

  private Pending add(RecordWrite write) {
    Pending slot = pending.computeIfAbsent(write.key(), key -> new Pending(write));
    if (write.version() > slot.write.version()) {
      slot.write = write;
    }
    return slot;
  }

  private void pump() {
    List<Pending> batch = new ArrayList<>();
    synchronized (this) {
      if (writing || pending.isEmpty() || closed) {
        return;
      }
      writing = true;
      // Those of the main store first: they are few, and the epoch is among them.
      boolean apart = pending.values().stream().allMatch(Pending::isApart);
      Iterator<Pending> next = pending.values().iterator();
      while (next.hasNext() && batch.size() < MOST_RECORDS) {
        Pending each = next.next();
        if (each.isApart() == apart) {
          batch.add(each);
          next.remove();
        }
      }
    }
    Commit commit =
        Commit.ofRecords(
            resources.clock().millis(), batch.stream().map(each -> each.write).toList());
    Ends.when(
        store.call(Kind.HOUSEKEEPING, "raise", to -> to.commit(commit)),
        (outcome, failure) -> ended(batch, outcome, failure));
  }

  private void ended(
      List<Pending> batch, @Nullable CommitOutcome outcome, @Nullable Throwable failure) {
    // A raise asks for nothing that could be missing: another outcome has reasons of the store's.
    boolean again = !(outcome instanceof CommitOutcome.Committed);
    if (again && failure == null && !told) {
      told = true;
      log.error("Raising {} records came to {}; they are tried again", batch.size(), outcome);
    }
    synchronized (this) {
      writing = false;
      if (again && !closed) {
        for (Pending each : batch) {
          add(each.write).add(each.waiting);
        }
      }
      again &= !closed;
    }
    if (again) {
      resources.timers().schedule(PAUSE, this::pump);
      return;
    }
    boolean durable = outcome instanceof CommitOutcome.Committed;
    batch.forEach(each -> each.waiting.forEach(then -> then.raised(durable)));
    pump();
  }

  /**
   * Takes no more, waits until what there is was written, and tells those who still wait then that
   * nothing is known.
   */
  void close(Duration deadline) {
    long end = resources.nanoTime().getAsLong() + deadline.toNanos();
    List<Pending> left;
    synchronized (this) {
      awaitWritten(end);
      closed = true;
      left = new ArrayList<>(pending.values());
      pending.clear();
    }
    left.forEach(each -> each.waiting.forEach(then -> then.raised(false)));
  }

  private synchronized void awaitWritten(long end) {
    try {
      long left = end - resources.nanoTime().getAsLong();
      while ((writing || !pending.isEmpty()) && left > 0 && store.isUp()) {
        wait(Math.max(1, Math.min(LONGEST_WAIT_MILLIS, left / 1_000_000)));
        left = end - resources.nanoTime().getAsLong();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
