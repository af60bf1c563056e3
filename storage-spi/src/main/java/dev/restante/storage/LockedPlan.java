package dev.restante.storage;

import java.util.Map;
import java.util.Optional;

/**
 * Plans a commit while its streams are locked. Runs on the store's caller, does no I/O. One call of
 * {@link Store#commitLocked} may ask for several plans, one after another; only what the last one
 * returned can have been written.
 */
@FunctionalInterface
public interface LockedPlan {
  /**
   * Plans a commit at the given heads.
   *
   * @param heads the head of each locked stream
   * @return the commit, or nothing to give up; giving up is a {@link CommitOutcome.Conflict}
   */
  Optional<Commit> plan(Map<StreamKey, StreamHead> heads);
}
