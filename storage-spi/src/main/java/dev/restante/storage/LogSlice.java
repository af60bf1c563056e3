package dev.restante.storage;

import java.util.List;

/**
 * Part of a log, in the direction of the read.
 *
 * @param rows the rows found
 * @param more whether the read ended at a limit, so that rows may follow
 * @param floor the floor at the time of the read
 */
public record LogSlice(List<LogRow> rows, boolean more, long floor) {}
