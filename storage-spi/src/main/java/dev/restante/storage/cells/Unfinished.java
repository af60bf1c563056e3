package dev.restante.storage.cells;

import java.util.List;

/**
 * A transaction that has a record.
 *
 * @param transaction its name
 * @param cells all cells that it asks something of
 */
public record Unfinished(String transaction, List<Cell> cells) {}
