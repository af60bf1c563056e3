package dev.restante.storage.cells;

/** Where a transaction stands, by its record. It leaves {@link #PENDING} once. */
public enum Decision {
  /** Nobody has decided: nothing that it asks for is so. */
  PENDING,
  /** Everything that it asks for is so, whether or not its cells show it yet. */
  COMMITTED,
  /** Nothing that it asks for is so, or ever will be. */
  ABORTED,
  /**
   * There is no record: it was decided and finished in every cell. Where a cell holds an intent all
   * the same, that came too late, and counts for nothing.
   */
  GONE
}
