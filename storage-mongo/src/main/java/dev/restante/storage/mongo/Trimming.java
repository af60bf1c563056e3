package dev.restante.storage.mongo;

import static com.mongodb.client.model.Filters.and;
import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Filters.exists;
import static com.mongodb.client.model.Filters.gte;
import static com.mongodb.client.model.Filters.in;
import static com.mongodb.client.model.Filters.lte;
import static com.mongodb.client.model.Projections.include;
import static com.mongodb.client.model.Sorts.ascending;
import static com.mongodb.client.model.Updates.combine;
import static com.mongodb.client.model.Updates.inc;
import static com.mongodb.client.model.Updates.set;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.Document;
import org.bson.conversions.Bson;

/**
 * Trims streams: raises the floor in the cell, which is the step, and removes what is below it
 * afterwards. Whoever stops between leaves rows that nobody sees; the next trim of the stream finds
 * that the floor is above what was cleared.
 */
final class Trimming {
  private static final int ATTEMPTS = 64;

  private final Place place;
  private final InboxReading inboxes;

  Trimming(Place place, InboxReading inboxes) {
    this.place = place;
    this.inboxes = inboxes;
  }

  Seen<Long> trim(Trim trim, int maxRows) {
    StreamKey stream = trim.stream();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Document cell =
          Place.read(
              "look at a stream",
              () ->
                  place
                      .cellsNow
                      .find(eq(Fields.ID, Names.cell(stream)))
                      .projection(Heads.WITHOUT_ROWS)
                      .first());
      if (cell == null) {
        return new Seen<>(0L, List.of());
      }
      Optional<Met> met = Taking.met(Cell.of(stream), cell);
      if (met.isPresent()) {
        return new Seen<>(0L, List.of(met.get()));
      }
      long floor = Rows.number(cell, Fields.FLOOR);
      long raised = raised(cell, trim, floor, maxRows);
      if (raised == floor || raise(cell, stream, raised)) {
        if (Rows.number(cell, Fields.CLEARED) < raised) {
          clear(stream, raised);
        }
        return new Seen<>(raised, List.of());
      }
    }
    throw new StoreException(Effect.TRANSIENT, "It changes all the time: " + stream, null);
  }

  private long raised(Document cell, Trim trim, long floor, int maxRows) {
    long through = Math.min(trim.through(), Rows.number(cell, Fields.HEAD));
    if (through <= floor) {
      return floor;
    }
    if (trim.stream().kind() == StreamKey.Kind.LOG) {
      return through - floor <= maxRows ? through : floor + maxRows;
    }
    return inboxes.lastOf(trim.stream(), floor, through, maxRows).orElse(through);
  }

  private boolean raise(Document cell, StreamKey stream, long floor) {
    Bson same =
        and(
            eq(Fields.ID, Names.cell(stream)),
            eq(Fields.CHANGES, Rows.number(cell, Fields.CHANGES)),
            exists(Fields.INTENT, false));
    Bson raise = combine(set(Fields.FLOOR, floor), inc(Fields.CHANGES, 1L), inc(Fields.SHAPE, 1L));
    return Place.write(
        "raise a floor", () -> place.cells.updateOne(same, raise).getMatchedCount() == 1);
  }

  private void clear(StreamKey stream, long floor) {
    String name = Names.stream(stream);
    Place.write(
        "remove rows below a floor",
        () ->
            stream.kind() == StreamKey.Kind.LOG
                ? place.log.deleteMany(
                    and(gte(Fields.ID, Names.row(name, 0)), lte(Fields.ID, Names.row(name, floor))))
                : place.inbox.deleteMany(and(eq(Fields.STREAM, name), lte(Fields.NUMBER, floor))));
    Place.write(
        "note what was removed",
        () ->
            place.cells.updateOne(
                and(eq(Fields.ID, Names.cell(stream)), eq(Fields.FLOOR, floor)),
                set(Fields.CLEARED, floor)));
  }

  /** Each row is removed only if it is expired still: it may have been replaced meanwhile. */
  int sweep(long nowMillis, int limit) {
    Bson expired = lte(Fields.EXPIRY, nowMillis);
    List<String> ids =
        Place.read(
            "look for expired submits",
            () ->
                place
                    .dedupNow
                    .find(expired)
                    .sort(ascending(Fields.EXPIRY))
                    .projection(include(Fields.ID))
                    .limit(limit)
                    .map(row -> row.getString(Fields.ID))
                    .into(new ArrayList<>()));
    int removed = 0;
    for (List<String> lot : Heads.lots(ids)) {
      removed +=
          (int)
              Place.<Long>write(
                      "remove expired submits",
                      () ->
                          place
                              .dedup
                              .deleteMany(and(in(Fields.ID, lot), expired))
                              .getDeletedCount())
                  .longValue();
    }
    return removed;
  }
}
