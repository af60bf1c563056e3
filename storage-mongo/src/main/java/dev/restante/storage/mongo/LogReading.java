package dev.restante.storage.mongo;

import static com.mongodb.client.model.Filters.and;
import static com.mongodb.client.model.Filters.gte;
import static com.mongodb.client.model.Filters.lte;
import static com.mongodb.client.model.Sorts.ascending;
import static com.mongodb.client.model.Sorts.descending;

import com.mongodb.client.MongoCursor;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.cells.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.Document;
import org.bson.conversions.Bson;

/**
 * Reads logs: the cell, then the rows that it says are there. A log has no holes, so a row that is
 * missing was trimmed since, and the read begins again.
 */
final class LogReading {
  private static final int ATTEMPTS = 64;
  private static final int ROWS_AT_ONCE = 500;

  private final Place place;

  LogReading(Place place) {
    this.place = place;
  }

  Seen<LogSlice> read(LogRange range) {
    long lastFloor = -1;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Heads heads = Heads.of(place, List.of(range.log()));
      long floor = heads.number(range.log(), Fields.FLOOR);
      Optional<LogSlice> slice = rows(range, floor, heads.number(range.log(), Fields.HEAD));
      if (slice.isPresent()) {
        return new Seen<>(slice.get(), heads.met());
      }
      if (floor == lastFloor) {
        throw new StoreException(Effect.FAULT, "Rows are missing in " + range.log(), null);
      }
      lastFloor = floor;
    }
    throw new StoreException(Effect.TRANSIENT, "It is trimmed all the time: " + range.log(), null);
  }

  /** The rows, or nothing if some were missing. */
  private Optional<LogSlice> rows(LogRange range, long floor, long head) {
    long from = Math.max(range.from(), floor + 1);
    long to = Math.min(range.to(), head);
    if (from > to) {
      return Optional.of(new LogSlice(List.of(), false, floor));
    }
    String log = Names.stream(range.log());
    Bson within = and(gte(Fields.ID, Names.row(log, from)), lte(Fields.ID, Names.row(log, to)));
    Bson order = range.descending() ? descending(Fields.ID) : ascending(Fields.ID);
    int step = range.descending() ? -1 : 1;
    long first = range.descending() ? to : from;
    return Place.read(
        "read a log",
        () -> {
          List<LogRow> rows = new ArrayList<>();
          Budget budget = new Budget(range.limit(), range.maxBytes());
          long count = to - from + 1;
          try (MongoCursor<Document> found =
              place
                  .log
                  .find(within)
                  .sort(order)
                  .batchSize(ROWS_AT_ONCE)
                  .limit(most(range, count))
                  .iterator()) {
            while (found.hasNext()) {
              LogRow row = Rows.logRow(found.next());
              if (row.seq() != first + (long) step * rows.size()) {
                return Optional.empty();
              }
              if (!budget.takes(row.payload().length)) {
                return Optional.of(new LogSlice(rows, true, floor));
              }
              rows.add(row);
            }
          }
          boolean all = rows.size() == Math.min(count, range.limit());
          return all
              ? Optional.of(new LogSlice(rows, rows.size() < count, floor))
              : Optional.empty();
        });
  }

  private static int most(LogRange range, long count) {
    return (int) Math.min(range.limit(), Math.min(count, Integer.MAX_VALUE));
  }
}
