package dev.restante.storage.cells;

import java.util.List;

/**
 * A transaction that has a record.
 *
 * @param transaction its name
 * @param cells all cells that it changes something in
 * @param guarded the other cells that it is guarded on
 */
public record Unfinished(String transaction, List<Cell> cells, List<Cell> guarded) {}
