package dev.restante.storage.cells;

/**
 * The intent of somebody's transaction, met in a cell.
 *
 * @param cell the cell
 * @param transaction the transaction, as {@link CellEngine#newTransaction()} named it
 * @param committed whether the cell alone says that it is committed, so that there is no record to
 *     look for: what an engine leaves that changes a single cell in several steps
 */
public record Met(Cell cell, String transaction, boolean committed) {}
