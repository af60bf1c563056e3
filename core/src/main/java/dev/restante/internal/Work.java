package dev.restante.internal;

import static java.util.Objects.requireNonNull;

import dev.restante.api.DeviceId;
import dev.restante.api.Result;
import dev.restante.storage.DedupKey;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Something to be written: a message, a change of a group or of a user's devices. It waits in the
 * queue of its home stream, is planned as part of a batch, maybe several times, and ends once.
 *
 * @param <T> what it gives when it is done
 */
abstract class Work<T> {
  final CompletableFuture<Result<T>> result = new CompletableFuture<>();
  final Stream home;

  /** Users beyond the home's members whose inboxes are written to or whose devices matter. */
  final List<InboxState> extras;

  /** Bytes that count against the queue's and the batch's limit. */
  final int bytes;

  /** The committer's tick at admission: state that was loaded later is fresh to this work. */
  long tick;

  /** How many commits it was part of that did not succeed. */
  int attempts;

  /** Whether one of them may have been applied, or may yet be. */
  boolean maybeDone;

  /** Whether its end was counted. */
  boolean ended;

  /** How it ended, from then until whoever waits is told. */
  private @Nullable Result<?> outcome;

  /** The most works in a batch with this one; falls when the store refuses its data. */
  int maxBatch = Integer.MAX_VALUE;

  Work(Stream home, List<InboxState> extras, int bytes) {
    this.home = home;
    this.extras = extras;
    this.bytes = bytes;
  }

  /**
   * Numbers rows and adds them to the plan. Looks at nothing that may change meanwhile, since a
   * plan under lock may be made late.
   *
   * @return how it ends if the plan is committed; {@code null} if it cannot be decided on what was
   *     loaded before it was admitted
   */
  abstract @Nullable Result<T> plan(Plan plan, Batch.Home where, Batch.Taken taken);

  /** The dedup key, for works that have one. */
  @Nullable DedupKey dedupKey() {
    return null;
  }

  /** The sender whose order is kept. */
  @Nullable DeviceId sender() {
    return null;
  }

  @Nullable Lane lane() {
    return null;
  }

  /** The user whose devices must be known to plan it. */
  @Nullable InboxState devicesOf() {
    return null;
  }

  /** Whether the inboxes of the extras are written to. */
  boolean writesToExtras() {
    return false;
  }

  /**
   * The most rows that it writes, of every kind, beside one in the inbox of each member and of each
   * extra that it writes to.
   */
  abstract int ownRows();

  /** Whether it changes what later works of the same home are planned on. */
  boolean endsBatch() {
    return false;
  }

  /**
   * Is told what a commit would have given whose outcome is not known, or may turn out so. Any
   * thread: of a commit under lock this is known when it is made, which may be after it was given
   * up.
   *
   * @param maybe whether it may have been written; if not, what was told of it before is taken back
   */
  void attempted(Plan plan, Result<?> planned, boolean maybe) {}

  /**
   * Sets how it ends: with a refusal, or with what {@link #plan} returned for this very work. The
   * first decision stands: a commit that ends after the node gave it up, closing, decides nothing.
   * Called with the committer's lock held.
   */
  void decide(Result<?> how) {
    if (outcome == null) {
      outcome = how;
    }
  }

  /** Tells whoever waits. Called once, after {@link #decide}, where the host's code may run. */
  @SuppressWarnings("unchecked")
  void tell() {
    result.complete((Result<T>) requireNonNull(outcome));
  }
}
