package dev.restante.storage;

/** How a commit ended, where the store knows. Where it does not, it throws. */
public sealed interface CommitOutcome {
  /** The outcome of a commit that is durable, and waited for nobody as far as is known. */
  CommitOutcome COMMITTED = new Committed(false);

  /**
   * Everything was written and is as durable as {@link StoreInfo#durability()} says.
   *
   * @param contended whether {@link Store#commitLocked} had to wait for another node's commit to
   *     one of its streams. Nothing correct depends on it: the next commits are locked, and after
   *     many such other nodes are not told of logs. A store that cannot tell says {@code false}; so
   *     does {@link Store#commit}
   */
  record Committed(boolean contended) implements CommitOutcome {}

  /**
   * Nothing was written, because the store is not as the commit expected it.
   *
   * @param cause what was found first; a store that cannot tell says {@link Cause#UNSPECIFIED}
   */
  record Conflict(Cause cause) implements CommitOutcome {}

  /**
   * Nothing was written, because the store will never accept this commit: a value is too large or
   * of a form it cannot hold. Other commits are unaffected.
   *
   * @param detail which value and which limit
   */
  record Refused(String detail) implements CommitOutcome {}

  /**
   * Why a commit was a conflict. It decides how soon the caller is on the right way, and nothing
   * else: what he does about one cause is safe with each of the others.
   */
  enum Cause {
    /** A stream's head is not the expected one. */
    HEAD,
    /** A submit is remembered already. */
    DUPLICATE,
    /** A record has another version than the write or guard expected. */
    RECORD,
    /** Any of these. */
    UNSPECIFIED
  }
}
