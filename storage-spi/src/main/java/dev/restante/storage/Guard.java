package dev.restante.storage;

/**
 * Makes a commit depend on a record that it does not change: the commit is a conflict unless the
 * record has this version. See {@link Commit#exclusive()} for what makes that safe.
 *
 * @param key the record
 * @param version the version it must have; 0 stands for an absent record
 * @param exclusive whether callers change or remove the record by exclusive commits only. Then a
 *     store may remember that the guard held until the next exclusive commit
 */
public record Guard(RecordKey key, long version, boolean exclusive) {
  /** A guard on a record that is changed or removed by exclusive commits only. */
  public Guard(RecordKey key, long version) {
    this(key, version, true);
  }

  /**
   * A guard on a record that any commit may change: the store has to look at it. Such a change and
   * this commit may still pass each other, unless both append to the same stream, or both are
   * locked for it.
   */
  public static Guard ofAny(RecordKey key, long version) {
    return new Guard(key, version, false);
  }
}
