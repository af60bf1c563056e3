package dev.restante.storage;

import java.util.List;

/**
 * Rows for a relay.
 *
 * @param rows the rows with the lowest numbers, in their order
 * @param more whether a limit cut them short
 */
public record EnqueuedRows(List<EnqueuedRow> rows, boolean more) {
  /** Nothing to do, or it is another relay's turn. */
  public static final EnqueuedRows NONE = new EnqueuedRows(List.of(), false);
}
