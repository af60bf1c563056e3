package dev.restante.api.message;

import dev.restante.api.LogEntry;
import java.util.List;

/**
 * Part of a conversation, in the order asked for.
 *
 * @param entries the entries
 * @param more whether the page ended at a limit, so that more may follow in the direction asked for
 */
public record HistoryPage(List<LogEntry> entries, boolean more) {
  public HistoryPage {
    entries = List.copyOf(entries);
  }
}
