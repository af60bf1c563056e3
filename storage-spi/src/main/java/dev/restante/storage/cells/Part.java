package dev.restante.storage.cells;

import dev.restante.storage.Commit;

/**
 * What a commit asks of one cell.
 *
 * @param cell the cell
 * @param commit the commit without what it asks of other cells; it may hold guards alone
 */
public record Part(Cell cell, Commit commit) {
  /** Whether it changes nothing in its cell, so that it takes none. */
  public boolean guardsAlone() {
    return commit.logs().isEmpty()
        && commit.inboxes().isEmpty()
        && commit.dedups().isEmpty()
        && commit.records().isEmpty();
  }
}
