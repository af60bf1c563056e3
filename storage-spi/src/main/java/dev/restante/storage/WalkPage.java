package dev.restante.storage;

import java.util.List;

/**
 * Names of what a store holds. Whoever wants what is behind them asks for it as usual.
 *
 * @param streams logs and inboxes; some that nothing was ever appended to may be among them
 * @param dedups remembered submits, expired ones too
 * @param records records, of every partition and space
 * @param next where to go on, for {@link Store#walk}; empty if this was the last page
 */
public record WalkPage(
    List<StreamKey> streams, List<DedupKey> dedups, List<RecordKey> records, String next) {}
