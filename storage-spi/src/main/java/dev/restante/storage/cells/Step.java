package dev.restante.storage.cells;

import dev.restante.storage.CommitOutcome;

/** How a step that takes cells ended. */
public sealed interface Step {
  /** The outcome of a step that did all it was asked. */
  Step DONE = new Done();

  /** Everything asked for was done. */
  record Done() implements Step {}

  /**
   * A cell is not as the commit expects it, or will never take its part.
   *
   * @param outcome a conflict or a refusal
   */
  record Ended(CommitOutcome outcome) implements Step {}

  /**
   * The intent of another transaction is in a cell. Cells before it were taken, this one and those
   * behind it were not.
   *
   * @param index the place of the cell among the parts handed in
   * @param met the intent
   */
  record Blocked(int index, Met met) implements Step {}
}
