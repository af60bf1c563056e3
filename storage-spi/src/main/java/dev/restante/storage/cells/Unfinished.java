package dev.restante.storage.cells;

import dev.restante.storage.RecordKey;
import java.util.List;

/**
 * A transaction that has a record.
 *
 * @param transaction its name
 * @param cells all cells that it changes something in
 * @param guarded the records that it is guarded on, of cells that it changes nothing in
 */
public record Unfinished(String transaction, List<Cell> cells, List<RecordKey> guarded) {}
