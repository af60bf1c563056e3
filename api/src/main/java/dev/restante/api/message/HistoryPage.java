package dev.restante.api.message;

import static java.util.Objects.requireNonNull;

import dev.restante.api.LogEntry;
import java.util.List;
import java.util.Optional;

/**
 * Part of a conversation, in the order asked for.
 *
 * @param entries the entries; possibly none, even if there is a next page
 * @param next what to ask for the page that follows in the same direction, if this one ended at a
 *     limit
 */
public record HistoryPage(List<LogEntry> entries, Optional<HistoryQuery> next) {
  public HistoryPage {
    entries = List.copyOf(entries);
    requireNonNull(next, "next");
  }
}
