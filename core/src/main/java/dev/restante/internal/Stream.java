package dev.restante.internal;

import dev.restante.storage.StreamKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of one stream. Guarded by the committer's lock.
 *
 * <p>The head is only ever taken from a probe of the store or from a commit that the store
 * confirmed. While a batch that touches the stream is under way the stream belongs to it ({@link
 * #owner}), and nothing else may number rows of it: otherwise a later number could become visible
 * before an earlier one, and a device would acknowledge what it has not seen.
 */
abstract class Stream {
  /** Where a stream with waiting work stands. */
  enum Place {
    /** Nowhere: it has no work, or it belongs to a batch and is looked at when that is done. */
    NOWHERE,
    /** In line for the next batch. */
    READY,
    /** Waits for its heads and records. */
    LOADING,
    /** Waits to hear whether a stranger's message is the repeat of one that was accepted. */
    ASKING,
    /** Waits for another stream to be released. */
    BLOCKED,
    /** Waits a little after a conflict. */
    DELAYED
  }

  final StreamKey key;
  final ArrayDeque<Work<?>> queue = new ArrayDeque<>(2);

  /** Streams with work that cannot go on before this one is released. */
  final List<Stream> blocked = new ArrayList<>(0);

  /** How many times in a row it was blocked; see {@link Waiters}. */
  int timesBlocked;

  /** Whether it is in the line of those that were blocked too often. */
  boolean inLine;

  /** The only home for which a batch may take this stream; {@code null} if any may. */
  @Nullable Stream reservedFor;

  Place place = Place.NOWHERE;
  @Nullable Batch owner;

  /** The place among the batch's streams; meaningful while there is an owner. */
  int slot;

  boolean loaded;

  /** The committer's tick when the load began that gave what is known; see {@link Work#tick}. */
  long loadedAt;

  long head;
  long ordinal;
  long timeMillis;

  /** {@link StoreAccess#disturbances()} when a commit last confirmed the head; -1 if none has. */
  int confirmedAt = -1;

  /** The head that commits and loads showed, and the committer's tick when the last one ended. */
  long seenHead;

  long seenAt;

  /** How many times in a row a commit of this stream met another node. */
  int contention;

  /** How many cached things refer to this one; it is kept as long as any does. */
  int pins;

  /** What stands next to it on its {@link Shelf}. */
  @Nullable Stream older;

  @Nullable Stream newer;

  /**
   * What other nodes say the head is at least. Never taken for the head: see {@link #isDoubted()}.
   */
  private long hinted;

  /** The head that the batch which has it is planned at; meaningful while there is an owner. */
  long plannedAt;

  Stream(StreamKey key) {
    this.key = key;
  }

  /** Forgets what was loaded. */
  void unload() {
    loaded = false;
    confirmedAt = -1;
    hinted = 0;
  }

  /** Another node says that the head is at least this. */
  void hint(long atLeast) {
    if (isTrusted()) {
      hinted = Math.max(hinted, atLeast);
    }
  }

  /**
   * Whether the head that is known is likely to be too low. Only one that a commit confirmed can be
   * doubted: what was just loaded is as good as can be had, so a false hint costs one look and no
   * stream of them keeps anybody from writing.
   */
  boolean isDoubted() {
    return isTrusted() && hinted > head;
  }

  private boolean isTrusted() {
    return loaded && confirmedAt >= 0;
  }

  /** The head as far as it was ever heard of. */
  final long toldHead() {
    return Math.max(head, hinted);
  }

  /**
   * Whether it is doubted, and there is nothing for it but to ask the store. So it is with a log:
   * its next row takes more than the head to number.
   */
  boolean isStale() {
    return isDoubted();
  }

  /** The head to plan a batch at. If it is not the one that is known the store has to verify it. */
  final long headToPlanAt() {
    return isDoubted() && !isStale() ? hinted : head;
  }

  boolean isEvictable() {
    return pins == 0
        && owner == null
        && reservedFor == null
        && place == Place.NOWHERE
        && queue.isEmpty()
        && blocked.isEmpty();
  }
}
