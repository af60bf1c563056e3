package dev.restante.storage.jdbc;

import dev.restante.storage.Guard;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one attempt at a commit checks its guards: by looking at each record, or by what is known
 * under the counts that this attempt goes by. For one thread.
 */
final class GuardCheck {
  /** The counts that an attempt went by are not those of the database any more. */
  static final class CountsMoved extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CountsMoved() {
      super("Guarded records were changed meanwhile", null, false, false);
    }
  }

  private record LookedUp(Guard guard, long count) {}

  private final @Nullable KnownGuards known;
  private final long[] counts;
  private final List<LookedUp> lookedUp = new ArrayList<>();

  private GuardCheck(@Nullable KnownGuards known, long[] counts) {
    this.known = known;
    this.counts = counts;
  }

  /** Looks at every record. */
  static GuardCheck ofEach() {
    return new GuardCheck(null, new long[0]);
  }

  /** Goes by what is known at these counts. */
  static GuardCheck at(KnownGuards known, long[] counts) {
    return new GuardCheck(known, counts);
  }

  boolean goesByCounts() {
    return known != null;
  }

  long count(int lock) {
    return counts[lock];
  }

  /** Whether the record has to be looked at: counts tell of exclusive changes only. */
  boolean needsLook(Guard guard, int lock) {
    if (known == null || !guard.exclusive()) {
      return true;
    }
    if (known.holds(guard, counts[lock])) {
      return false;
    }
    // A record may come into being without counting, so that it is absent is never known.
    if (guard.version() > 0) {
      lookedUp.add(new LookedUp(guard, counts[lock]));
    }
    return true;
  }

  /** Begins anew, should the steps be made again. */
  void reset() {
    lookedUp.clear();
  }

  /** The commit succeeded: what was looked at held. */
  void remember() {
    if (known != null) {
      for (LookedUp each : lookedUp) {
        known.held(each.guard(), each.count());
      }
    }
  }
}
