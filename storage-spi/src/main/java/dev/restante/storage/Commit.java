package dev.restante.storage;

import java.util.List;

/**
 * What one call of {@link Store#commit} writes: everything or nothing, in one atomic step.
 *
 * <p>A commit names each stream at most once, each record at most once and each dedup key at most
 * once. Callers sort appends, records and guards by nothing in particular: an adapter that takes
 * locks orders them itself, so that two nodes cannot deadlock each other.
 *
 * @param nowMillis the caller's time, in milliseconds since 1970; the store uses no clock of its
 *     own
 * @param exclusive whether the commit changes records that other commits may guard. An exclusive
 *     commit is serialised against every commit with guards: once it has returned, no commit that
 *     was planned under the old version becomes visible any more, and what was committed under it
 *     is visible already
 * @param logs rows for logs
 * @param inboxes rows for inboxes
 * @param dedups submits to remember
 * @param records changes to records
 * @param guards records that must not have changed
 */
public record Commit(
    long nowMillis,
    boolean exclusive,
    List<LogAppend> logs,
    List<InboxAppend> inboxes,
    List<DedupRow> dedups,
    List<RecordWrite> records,
    List<Guard> guards) {

  /** A commit of nothing but changes to records. */
  public static Commit ofRecords(long nowMillis, List<RecordWrite> records) {
    return new Commit(nowMillis, false, List.of(), List.of(), List.of(), records, List.of());
  }
}
