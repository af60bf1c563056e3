package dev.restante.storage.cells;

import dev.restante.storage.Commit;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.LogAppend;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Divides a commit among the cells that it changes, and those of records that it looks at. */
final class Parts {
  private final boolean recordsApart;
  private final Map<Cell, Share> shares = new TreeMap<>();

  private static final class Share {
    final List<LogAppend> logs = new ArrayList<>(1);
    final List<InboxAppend> inboxes = new ArrayList<>(1);
    final List<DedupRow> dedups = new ArrayList<>(1);
    final List<RecordWrite> records = new ArrayList<>(1);
    final List<Guard> guards = new ArrayList<>(1);
  }

  private Parts(boolean recordsApart) {
    this.recordsApart = recordsApart;
  }

  /** The parts, in the order of their cells. */
  static List<Part> of(Commit commit, boolean recordsApart) {
    Parts parts = new Parts(recordsApart);
    commit.logs().forEach(append -> parts.share(Cell.of(append.log())).logs.add(append));
    commit.inboxes().forEach(append -> parts.share(Cell.of(append.inbox())).inboxes.add(append));
    commit.dedups().forEach(row -> parts.share(Cell.of(row.key().log())).dedups.add(row));
    commit.records().forEach(write -> parts.shareOf(write.key()).records.add(write));
    commit.guards().forEach(guard -> parts.shareOf(guard.key()).guards.add(guard));
    return parts.all(commit);
  }

  private Share shareOf(RecordKey record) {
    return share(recordsApart ? Cell.of(record) : Cell.of(record.partition()));
  }

  private Share share(Cell cell) {
    return shares.computeIfAbsent(cell, any -> new Share());
  }

  private List<Part> all(Commit commit) {
    List<Part> parts = new ArrayList<>(shares.size());
    shares.forEach(
        (cell, share) ->
            parts.add(
                new Part(
                    cell,
                    new Commit(
                        commit.nowMillis(),
                        commit.exclusive(),
                        share.logs,
                        share.inboxes,
                        share.dedups,
                        share.records,
                        share.guards))));
    return parts;
  }
}
