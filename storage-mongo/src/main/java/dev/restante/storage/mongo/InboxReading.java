package dev.restante.storage.mongo;

import static com.mongodb.client.model.Filters.and;
import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Filters.gt;
import static com.mongodb.client.model.Filters.in;
import static com.mongodb.client.model.Filters.lte;
import static com.mongodb.client.model.Sorts.ascending;

import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRow;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamKey;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Seen;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bson.Document;
import org.jspecify.annotations.Nullable;

/**
 * Reads inboxes: the cell, the rows up to its head, the log rows that they refer to, and the cell
 * once more. Rows up to a head change in two ways only, by compaction and by trimming; both count
 * in the cell's <em>shape</em>, and a compaction that is under way shows as its intent. So if the
 * shape is the same at the end, what was read is what was there at the beginning.
 */
final class InboxReading {
  private static final int ATTEMPTS = 64;

  /** Rows of a query: so many at first, and then as many as are likely to fit. */
  private static final int FIRST_ROWS = 64;

  private static final int MOST_ROWS = 500;

  private final Place place;

  InboxReading(Place place) {
    this.place = place;
  }

  Seen<InboxSlice> read(StreamKey inbox, long after, int limit, long maxBytes) {
    Heads before = Heads.of(place, List.of(inbox));
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      List<Met> met = before.met();
      InboxSlice slice = slice(before, inbox, after, new Budget(limit, maxBytes), met);
      Heads then = Heads.of(place, List.of(inbox));
      if (then.number(inbox, Fields.SHAPE) == before.number(inbox, Fields.SHAPE)) {
        then.meet(inbox, met);
        return new Seen<>(slice, met);
      }
      before = then;
    }
    throw new StoreException(Effect.TRANSIENT, "It is compacted all the time: " + inbox, null);
  }

  private InboxSlice slice(Heads heads, StreamKey inbox, long after, Budget budget, List<Met> met) {
    long floor = heads.number(inbox, Fields.FLOOR);
    long head = heads.number(inbox, Fields.HEAD);
    List<InboxItem> items = new ArrayList<>();
    long scanned = Math.max(after, floor);
    while (scanned < head) {
      int wanted = Math.min(budget.left(), budget.likely(FIRST_ROWS, MOST_ROWS)) + 1;
      List<InboxRow> rows = rows(inbox, scanned, head, wanted);
      LogRows logRows = new LogRows(rows, met);
      for (InboxRow row : rows) {
        LogRow logRow = logRows.of(row);
        long size = row.payload().length + (logRow == null ? 0L : logRow.payload().length);
        if (!budget.takes(size)) {
          long last = items.get(items.size() - 1).row().position();
          return new InboxSlice(items, last, true, floor);
        }
        items.add(new InboxItem(row, logRow));
        scanned = row.position();
      }
      if (rows.size() < wanted) {
        break;
      }
    }
    return new InboxSlice(items, Math.max(after, head), false, floor);
  }

  private List<InboxRow> rows(StreamKey inbox, long after, long head, int limit) {
    return Place.read(
        "read an inbox",
        () ->
            place
                .inbox
                .find(
                    and(
                        eq(Fields.STREAM, Names.stream(inbox)),
                        gt(Fields.NUMBER, after),
                        lte(Fields.NUMBER, head)))
                .sort(ascending(Fields.NUMBER))
                .limit(limit)
                .map(Rows::inboxRow)
                .into(new ArrayList<>()));
  }

  /** The log rows that some rows refer to, with what their logs say about those not there. */
  private final class LogRows {
    private final Map<String, LogRow> found = new HashMap<>();
    private final Heads logs;

    LogRows(List<InboxRow> rows, List<Met> met) {
      Set<StreamKey> names = new HashSet<>();
      Map<String, InboxRow> wanted = new HashMap<>();
      for (InboxRow row : rows) {
        StreamKey log = row.log();
        if (log != null) {
          names.add(log);
          wanted.put(Names.row(Names.stream(log), row.seq()), row);
        }
      }
      fetch(wanted);
      logs = Heads.of(place, names);
      wanted.keySet().removeAll(found.keySet());
      // Written between the two looks.
      wanted.values().removeIf(row -> !isBelowHead(row));
      fetch(wanted);
      for (InboxRow row : rows) {
        StreamKey log = row.log();
        if (log != null && of(row) == null) {
          logs.meet(log, met);
        }
      }
    }

    private boolean isBelowHead(InboxRow row) {
      StreamKey log = row.log();
      return log != null
          && row.seq() <= logs.number(log, Fields.HEAD)
          && row.seq() > logs.number(log, Fields.FLOOR);
    }

    private void fetch(Map<String, InboxRow> wanted) {
      if (wanted.isEmpty()) {
        return;
      }
      for (List<String> lot : Heads.lots(wanted.keySet())) {
        Place.read(
                "read log rows", () -> place.log.find(in(Fields.ID, lot)).into(new ArrayList<>()))
            .forEach(row -> found.put(row.getString(Fields.ID), Rows.logRow(row)));
      }
    }

    /** What is not above the floor is on its way out. */
    @Nullable LogRow of(InboxRow row) {
      StreamKey log = row.log();
      if (log == null || row.seq() <= logs.number(log, Fields.FLOOR)) {
        return null;
      }
      return found.get(Names.row(Names.stream(log), row.seq()));
    }
  }

  /** For a trim: the number of the last row to go, if more would go than may. */
  Optional<Long> lastOf(StreamKey inbox, long floor, long through, int maxRows) {
    List<Document> two =
        Place.read(
            "look for the last row to trim",
            () ->
                place
                    .inboxNow
                    .find(
                        and(
                            eq(Fields.STREAM, Names.stream(inbox)),
                            gt(Fields.NUMBER, floor),
                            lte(Fields.NUMBER, through)))
                    .sort(ascending(Fields.NUMBER))
                    .skip(maxRows - 1)
                    .limit(2)
                    .into(new ArrayList<>()));
    return two.size() < 2 ? Optional.empty() : Optional.of(two.get(0).getLong(Fields.NUMBER));
  }
}
