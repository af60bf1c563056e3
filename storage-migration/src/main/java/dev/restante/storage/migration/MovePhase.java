package dev.restante.storage.migration;

/** How far a move has come. */
public enum MovePhase {
  /** Not begun, or abandoned: the old store is used, and nothing is copied. */
  BEFORE,
  /** The old store is used. Everything is copied, and what changes is mirrored. */
  COPY,
  /** The old store is used. Everything was copied once; it is compared, and mirrored on. */
  VERIFY,
  /** Writers wait. What they left is copied. */
  FREEZE,
  /** The new store is used, for good. */
  DONE
}
