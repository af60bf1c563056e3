package dev.restante.storage.mongo;

import static com.mongodb.client.model.Filters.and;
import static com.mongodb.client.model.Filters.in;
import static com.mongodb.client.model.Filters.lt;
import static com.mongodb.client.model.Projections.include;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoWriteException;
import com.mongodb.bulk.BulkWriteResult;
import com.mongodb.bulk.BulkWriteUpsert;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.InsertOneModel;
import com.mongodb.client.model.UpdateOneModel;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.model.WriteModel;
import com.mongodb.client.result.UpdateResult;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupRow;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.RecordWrite.Condition;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.bson.types.Binary;
import org.jspecify.annotations.Nullable;

/**
 * Takes cells. Each is a document, and each step an update of it that is conditional on what it
 * holds and asks MongoDB to insert it if there is none: where the condition does not hold, that
 * insert meets the document and fails with a duplicate key. So a batch of updates in the order of
 * the cells ends at the first that cannot be taken, in one round trip.
 */
final class Taking {
  /** How often a cell may change between a failed update and the look at why it failed. */
  private static final int ATTEMPTS = 64;

  private static final BulkWriteOptions IN_ORDER = new BulkWriteOptions().ordered(true);
  private static final UpdateOptions UPSERT = new UpdateOptions().upsert(true);
  private static final Step RECORD_CONFLICT = new Step.Ended(new Conflict(Cause.RECORD));
  private static final Step HEAD_CONFLICT = new Step.Ended(new Conflict(Cause.HEAD));
  private static final Step DUPLICATE = new Step.Ended(new Conflict(Cause.DUPLICATE));

  private final Place place;

  Taking(Place place) {
    this.place = place;
  }

  private static StoreException restless(Cell cell) {
    return new StoreException(Effect.TRANSIENT, "It changes all the time: " + cell, null);
  }

  // ---- several ---------------------------------------------------------------------------------

  Step prepare(String transaction, List<Part> parts, int from, int until) {
    List<Integer> left = new ArrayList<>(until - from);
    List<Integer> guards = new ArrayList<>();
    for (int i = from; i < until; i++) {
      (parts.get(i).guardsAlone() ? guards : left).add(i);
    }
    boolean begins = from == 0;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int taken = take(transaction, parts, left, begins);
      begins = false;
      if (taken < 0) {
        return conflict(parts.get(left.get(-1 - taken)));
      }
      if (taken == left.size()) {
        return checked(parts, guards, until == parts.size());
      }
      int index = left.get(taken);
      Optional<Step> why = why(parts.get(index), index);
      if (why.isPresent()) {
        // Those in front of it are not asked for again.
        return guardProblem(parts, guards.stream().filter(guard -> guard < index).toList())
            .orElseGet(why::get);
      }
      left = left.subList(taken, left.size());
    }
    throw restless(parts.get(left.get(0)).cell());
  }

  /** What is left to look at when cells are taken. Submits only when all are. */
  private Step checked(List<Part> parts, List<Integer> guards, boolean all) {
    Optional<Step> problem = guardProblem(parts, guards);
    if (problem.isPresent()) {
      return problem.get();
    }
    return all && isRemembered(parts) ? DUPLICATE : Step.DONE;
  }

  /** The first guard that does not hold, or that somebody is about to change. */
  private Optional<Step> guardProblem(List<Part> parts, List<Integer> guards) {
    if (guards.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Document> found = new HashMap<>();
    List<String> ids = guards.stream().map(index -> Names.cell(parts.get(index).cell())).toList();
    for (List<String> lot : Heads.lots(ids)) {
      cells(lot).forEach(cell -> found.put(cell.getString(Fields.ID), cell));
    }
    for (int i = 0; i < ids.size(); i++) {
      Part part = parts.get(guards.get(i));
      Optional<Step> problem = problem(part, guards.get(i), found.get(ids.get(i)));
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }

  /**
   * How many of these were taken, up to the first that was not; or -1 minus the place of one that
   * is not there.
   */
  private int take(String transaction, List<Part> parts, List<Integer> indexes, boolean begins) {
    List<WriteModel<Document>> writes = new ArrayList<>(indexes.size() + 1);
    if (begins) {
      writes.add(new InsertOneModel<>(record(transaction, parts)));
    }
    indexes.forEach(index -> writes.add(taking(transaction, parts.get(index))));
    if (writes.isEmpty()) {
      return 0;
    }
    int shift = begins ? -1 : 0;
    int end = indexes.size();
    BulkWriteResult result;
    try {
      result = Place.write("take cells", () -> place.cells.bulkWrite(writes, IN_ORDER));
    } catch (StoreException e) {
      if (!(e.getCause() instanceof MongoBulkWriteException failed)
          || failed.getWriteErrors().isEmpty()
          || !Failures.isDuplicatesOnly(failed)) {
        throw e;
      }
      result = failed.getWriteResult();
      end = failed.getWriteErrors().get(0).getIndex() + shift;
      if (end < 0) {
        throw new StoreException(Effect.TRANSIENT, "There was such a transaction before", e);
      }
    }
    for (BulkWriteUpsert made : result.getUpserts()) {
      int place = made.getIndex() + shift;
      if (place >= 0 && mustBeThere(parts.get(indexes.get(place)))) {
        return -1 - place;
      }
    }
    return end;
  }

  private static Document record(String transaction, List<Part> parts) {
    return new Document(Fields.ID, Names.transaction(transaction))
        .append(Fields.DECISION, Decision.PENDING.name())
        .append(Fields.EXCLUSIVE, parts.get(0).commit().exclusive())
        .append(Fields.CELLS, cells(parts, false))
        .append(Fields.GUARDED, cells(parts, true));
  }

  private static List<String> cells(List<Part> parts, boolean guarded) {
    return parts.stream()
        .filter(part -> part.guardsAlone() == guarded)
        .map(part -> Names.cell(part.cell()))
        .toList();
  }

  private static UpdateOneModel<Document> taking(String transaction, Part part) {
    Bson set = new Document(Fields.INTENT, Intents.of(transaction, part));
    Document update = new Document("$set", set).append("$setOnInsert", empty(part.cell()));
    return new UpdateOneModel<>(condition(part), update, UPSERT);
  }

  /** What a cell holds that nothing was ever written to. */
  private static Document empty(Cell cell) {
    return cell.isRecord()
        ? new Document(Fields.VERSION, 0L)
        : new Document(Fields.CHANGES, 0L).append(Fields.SHAPE, 0L).append(Fields.HEAD, 0L);
  }

  /**
   * The cell, if it is free and as it is expected. Numbers are compared by ranges: MongoDB would
   * put what it is told to be equal into the document that it inserts.
   */
  private static Document condition(Part part) {
    Document condition =
        new Document(Fields.ID, Names.cell(part.cell()))
            .append(Fields.INTENT, new Document("$exists", false));
    long expected = expected(part);
    if (expected != -1) {
      condition.append(
          part.cell().isRecord() ? Fields.VERSION : Fields.HEAD,
          new Document("$gte", expected).append("$lte", expected));
    }
    return condition;
  }

  private static long expected(Part part) {
    return part.cell().isRecord()
        ? Intents.expectedVersion(part.commit())
        : Intents.expectedHead(part.commit());
  }

  private static boolean mustBeThere(Part part) {
    long expected = expected(part);
    return expected != 0 && expected != -1;
  }

  private static Step conflict(Part part) {
    return part.cell().isRecord() ? RECORD_CONFLICT : HEAD_CONFLICT;
  }

  /** Why a cell could not be taken; nothing if it could be by now. */
  private Optional<Step> why(Part part, int index) {
    return problem(part, index, cell(part.cell()));
  }

  private static Optional<Step> problem(Part part, int index, @Nullable Document cell) {
    Optional<Met> met = met(part.cell(), cell);
    if (met.isPresent()) {
      return Optional.of(new Step.Blocked(index, met.get()));
    }
    String field = part.cell().isRecord() ? Fields.VERSION : Fields.HEAD;
    long expected = expected(part);
    long is = cell == null ? 0 : Rows.number(cell, field);
    return expected == -1 || expected == is ? Optional.empty() : Optional.of(conflict(part));
  }

  private @Nullable Document cell(Cell cell) {
    List<Document> found = cells(List.of(Names.cell(cell)));
    return found.isEmpty() ? null : found.get(0);
  }

  private List<Document> cells(List<String> ids) {
    return Place.read(
        "look at cells",
        () ->
            place
                .cellsNow
                .find(in(Fields.ID, ids))
                .projection(
                    include(
                        Fields.CHANGES,
                        Fields.HEAD,
                        Fields.VERSION,
                        Fields.INTENT_OF,
                        Fields.INTENT_COMMITTED))
                .into(new ArrayList<>()));
  }

  /** The intent that a cell holds. */
  static Optional<Met> met(Cell cell, @Nullable Document document) {
    Document intent = document == null ? null : document.get(Fields.INTENT, Document.class);
    return intent == null
        ? Optional.empty()
        : Optional.of(
            new Met(
                cell,
                intent.getString(Fields.TRANSACTION),
                intent.getBoolean(Fields.COMMITTED, false)));
  }

  /**
   * Whether a submit is remembered. Asked when the cells of its log are taken: nobody else
   * remembers one there meanwhile.
   */
  private boolean isRemembered(List<Part> parts) {
    Map<String, DedupRow> wanted = new HashMap<>();
    long nowMillis = parts.get(0).commit().nowMillis();
    for (Part part : parts) {
      part.commit().dedups().forEach(row -> wanted.put(Names.dedup(row.key()), row));
    }
    if (wanted.isEmpty()) {
      return false;
    }
    List<Document> known =
        Place.read(
            "look up submits",
            () ->
                place
                    .dedupNow
                    .find(in(Fields.ID, wanted.keySet()))
                    .projection(include(Fields.EXPIRY))
                    .into(new ArrayList<>()));
    return known.stream()
        .anyMatch(
            row -> {
              DedupRow asked = wanted.get(row.getString(Fields.ID));
              return asked == null
                  || !asked.replacesExpired()
                  || Rows.number(row, Fields.EXPIRY) > nowMillis;
            });
  }

  // ---- one -------------------------------------------------------------------------------------

  /**
   * Leaves an intent in the cell of a stream that is committed as it is left there, so that it
   * needs no record. It is conditional on the cell's count of changes, by which the submits that
   * were looked up before are still all there are.
   */
  Step stream(String transaction, Part part) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Document cell = cell(part.cell());
      Optional<Met> met = met(part.cell(), cell);
      if (met.isPresent()) {
        return new Step.Blocked(0, met.get());
      }
      long expected = expected(part);
      if (expected != -1 && expected != (cell == null ? 0 : Rows.number(cell, Fields.HEAD))) {
        return HEAD_CONFLICT;
      }
      if (isRemembered(List.of(part))) {
        return DUPLICATE;
      }
      Document intent = Intents.of(transaction, part).append(Fields.COMMITTED, true);
      if (cell == null ? insert(part.cell(), intent) : update(part.cell(), cell, intent)) {
        return Step.DONE;
      }
    }
    throw restless(part.cell());
  }

  private boolean insert(Cell cell, Document intent) {
    Document document = new Document(Fields.ID, Names.cell(cell));
    document.putAll(empty(cell));
    document.append(Fields.INTENT, intent);
    return unlessThere(() -> place.cells.insertOne(document).wasAcknowledged());
  }

  private boolean update(Cell cell, Document seen, Document intent) {
    Document same =
        new Document(Fields.ID, Names.cell(cell))
            .append(Fields.CHANGES, Rows.number(seen, Fields.CHANGES))
            .append(Fields.INTENT, new Document("$exists", false));
    Document update = new Document("$set", new Document(Fields.INTENT, intent));
    return Place.write(
        "write to a stream", () -> place.cells.updateOne(same, update).getMatchedCount() == 1);
  }

  private static boolean unlessThere(BooleanSupplier write) {
    try {
      return Place.write("write to a cell", write::getAsBoolean);
    } catch (StoreException e) {
      if (e.getCause() instanceof MongoWriteException failed && Failures.isDuplicate(failed)) {
        return false;
      }
      throw e;
    }
  }

  /** Changes or checks one record, in one update. */
  Step record(Part part) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Step> done = tried(part);
      if (done.isPresent()) {
        return done.get();
      }
    }
    throw restless(part.cell());
  }

  private Optional<Step> tried(Part part) {
    Commit commit = part.commit();
    if (commit.records().isEmpty()) {
      return Optional.of(why(part, 0).orElse(Step.DONE));
    }
    RecordWrite write = commit.records().get(0);
    if (write.version() == 0) {
      boolean removed =
          Place.write(
              "remove a record",
              () -> place.cells.deleteOne(condition(part)).getDeletedCount() == 1);
      return removed ? Optional.of(Step.DONE) : why(part, 0).or(() -> absent(part));
    }
    Bson condition =
        write.condition() == Condition.IF_GREATER
            ? and(condition(part), lt(Fields.VERSION, write.version()))
            : condition(part);
    Document update =
        new Document(
            "$set",
            new Document(Fields.VERSION, write.version())
                .append(Fields.PAYLOAD, new Binary(write.payload())));
    boolean written =
        unlessThere(
            () -> {
              UpdateResult result =
                  place.cells.updateOne(
                      condition, update, mustBeThere(part) ? new UpdateOptions() : UPSERT);
              return result.getMatchedCount() == 1 || result.getUpsertedId() != null;
            });
    return written ? Optional.of(Step.DONE) : why(part, 0).or(() -> notRaised(part, write));
  }

  /** Nothing was there to remove, and nothing is. */
  private Optional<Step> absent(Part part) {
    return cell(part.cell()) == null ? Optional.of(Step.DONE) : Optional.empty();
  }

  /** A raise that comes too late has done all it should. */
  private Optional<Step> notRaised(Part part, RecordWrite write) {
    Document cell = cell(part.cell());
    boolean late =
        write.condition() == Condition.IF_GREATER
            && cell != null
            && met(part.cell(), cell).isEmpty()
            && Rows.number(cell, Fields.VERSION) >= write.version();
    return late ? Optional.of(Step.DONE) : Optional.empty();
  }
}
