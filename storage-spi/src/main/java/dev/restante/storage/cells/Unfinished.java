package dev.restante.storage.cells;

import dev.restante.storage.RecordKey;
import java.util.List;

/**
 * A transaction that has a record.
 *
 * @param transaction its name
 * @param exclusive whether its commit is exclusive, so that it looks for those who are guarded on
 *     what it changes
 * @param cells all cells that it changes something in
 * @param guarded the records that it is guarded on, of cells that it changes nothing in
 */
public record Unfinished(
    String transaction, boolean exclusive, List<Cell> cells, List<RecordKey> guarded) {}
