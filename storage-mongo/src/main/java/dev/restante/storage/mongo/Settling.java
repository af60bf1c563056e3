package dev.restante.storage.mongo;

import static com.mongodb.client.model.Updates.combine;
import static com.mongodb.client.model.Updates.inc;
import static com.mongodb.client.model.Updates.set;
import static com.mongodb.client.model.Updates.unset;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.DeleteOneModel;
import com.mongodb.client.model.InsertOneModel;
import com.mongodb.client.model.ReplaceOneModel;
import com.mongodb.client.model.ReplaceOptions;
import com.mongodb.client.model.UpdateOneModel;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.model.WriteModel;
import dev.restante.storage.StoreException;
import dev.restante.storage.cells.Cell;
import java.util.ArrayList;
import java.util.List;
import org.bson.Document;
import org.bson.conversions.Bson;

/**
 * Makes content of intents, or removes them.
 *
 * <p>Rows and submits lie beside the cells. They are written before the intent goes, and only of
 * transactions that are committed; whoever was slower than another helper, by however much, does no
 * harm with it:
 *
 * <ul>
 *   <li>A row of a number is that transaction's and nobody else's: it is there already, or was
 *       trimmed and comes back below the floor, where nobody sees it and the next trim takes it.
 *   <li>A row with a compaction key gives way to none below it.
 *   <li>A submit gives way to none of an earlier change of its log; one that was swept and comes
 *       back has expired.
 * </ul>
 */
final class Settling {
  private static final BulkWriteOptions ANY_ORDER = new BulkWriteOptions().ordered(false);
  private static final BulkWriteOptions IN_ORDER = new BulkWriteOptions().ordered(true);
  private static final ReplaceOptions UPSERT = new ReplaceOptions().upsert(true);
  private static final UpdateOptions UPDATE_OR_INSERT = new UpdateOptions().upsert(true);

  private final Place place;

  Settling(Place place) {
    this.place = place;
  }

  void settle(String transaction, boolean committed, List<Cell> cells) {
    if (cells.isEmpty()) {
      return;
    }
    List<WriteModel<Document>> ends = new ArrayList<>(cells.size());
    if (committed) {
      List<String> ids = cells.stream().map(Names::cell).toList();
      List<Document> taken =
          Place.read(
              "look at intents",
              () ->
                  place
                      .cellsNow
                      .find(
                          new Document(Fields.ID, new Document("$in", ids))
                              .append(Fields.INTENT_OF, transaction))
                      .into(new ArrayList<>()));
      writeRows(taken);
      taken.forEach(cell -> addEnd(ends, transaction, cell));
    } else {
      cells.forEach(cell -> addRemoval(ends, transaction, cell));
    }
    if (!ends.isEmpty()) {
      Place.write("settle cells", () -> place.cells.bulkWrite(ends, IN_ORDER));
    }
  }

  private void writeRows(List<Document> cells) {
    List<WriteModel<Document>> log = new ArrayList<>();
    List<WriteModel<Document>> inbox = new ArrayList<>();
    List<WriteModel<Document>> dedup = new ArrayList<>();
    for (Document cell : cells) {
      Document intent = cell.get(Fields.INTENT, Document.class);
      for (Document row : rows(intent, Fields.ROWS)) {
        if (!row.containsKey(Fields.STREAM)) {
          log.add(new InsertOneModel<>(row));
        } else if (row.containsKey(Fields.KEY)) {
          inbox.add(new ReplaceOneModel<>(older(row), row, UPSERT));
        } else {
          inbox.add(new InsertOneModel<>(row));
        }
      }
      long fence = Rows.number(cell, Fields.CHANGES) + 1;
      rows(intent, Fields.DEDUPS).forEach(row -> dedup.add(remembering(row, fence)));
    }
    write("write log rows", place.log, log);
    write("write inbox rows", place.inbox, inbox);
    write("remember submits", place.dedup, dedup);
  }

  private static List<Document> rows(Document intent, String field) {
    List<Document> rows = intent.getList(field, Document.class);
    return rows == null ? List.of() : rows;
  }

  private static Document older(Document row) {
    return new Document(Fields.ID, row.getString(Fields.ID))
        .append(Fields.STREAM, row.getString(Fields.STREAM))
        .append(Fields.NUMBER, new Document("$lt", row.getLong(Fields.NUMBER)));
  }

  private WriteModel<Document> remembering(Document row, long fence) {
    Document values = new Document(row);
    values.remove(Fields.ID);
    Object countsFor = values.remove(Fields.COUNTS_FOR);
    values.append(Fields.FENCE, fence);
    Document condition =
        new Document(Fields.ID, row.getString(Fields.ID))
            .append(Fields.FENCE, new Document("$lt", fence));
    return countsFor instanceof Long millis && place.expires
        ? new UpdateOneModel<>(condition, Expiry.setting(values, millis), UPDATE_OR_INSERT)
        : new UpdateOneModel<>(condition, Expiry.settingForGood(values), UPDATE_OR_INSERT);
  }

  /** From intent to content. Only the first of two that do it finds the intent. */
  private static void addEnd(List<WriteModel<Document>> ends, String transaction, Document cell) {
    Document intent = cell.get(Fields.INTENT, Document.class);
    Document mine = mine(transaction, cell.getString(Fields.ID));
    if (!intent.containsKey(Fields.WRITES)) {
      ends.add(new UpdateOneModel<>(mine, streamEnd(intent)));
      return;
    }
    int writes = intent.getInteger(Fields.WRITES);
    long version = Rows.number(intent, Fields.VERSION);
    if (version == 0) {
      ends.add(new DeleteOneModel<>(mine));
    } else {
      Document condition =
          writes == Intents.IF_GREATER
              ? new Document(mine).append(Fields.VERSION, new Document("$lt", version))
              : mine;
      Bson content =
          combine(
              set(Fields.VERSION, version),
              set(Fields.PAYLOAD, intent.get(Fields.PAYLOAD)),
              unset(Fields.INTENT));
      ends.add(new UpdateOneModel<>(condition, content));
      if (writes == Intents.IF_GREATER) {
        ends.add(new UpdateOneModel<>(mine, unset(Fields.INTENT)));
      }
    }
  }

  private static Bson streamEnd(Document intent) {
    List<Bson> all = new ArrayList<>();
    all.add(unset(Fields.INTENT));
    all.add(inc(Fields.CHANGES, 1L));
    if (intent.containsKey(Fields.HEAD)) {
      all.add(set(Fields.HEAD, intent.getLong(Fields.HEAD)));
      all.add(set(Fields.ORDINAL, intent.getLong(Fields.ORDINAL)));
      all.add(set(Fields.TIME, intent.getLong(Fields.LAST_TIME)));
    }
    if (intent.containsKey(Fields.KEYED)) {
      all.add(inc(Fields.SHAPE, 1L));
    }
    return combine(all);
  }

  private static void addRemoval(List<WriteModel<Document>> ends, String transaction, Cell cell) {
    Document mine = mine(transaction, Names.cell(cell));
    if (cell.isRecord()) {
      addRecordRemoval(ends, mine);
    } else {
      // A cell that holds nothing but the intent goes with it.
      ends.add(new DeleteOneModel<>(new Document(mine).append(Fields.CHANGES, 0L)));
      ends.add(new UpdateOneModel<>(mine, unset(Fields.INTENT)));
    }
  }

  private static void addRecordRemoval(List<WriteModel<Document>> ends, Document mine) {
    ends.add(new DeleteOneModel<>(new Document(mine).append(Fields.VERSION, 0L)));
    ends.add(new UpdateOneModel<>(mine, unset(Fields.INTENT)));
  }

  private static Document mine(String transaction, String id) {
    return new Document(Fields.ID, id).append(Fields.INTENT_OF, transaction);
  }

  /** What is there already is not written again. */
  private static void write(
      String what, MongoCollection<Document> to, List<WriteModel<Document>> writes) {
    if (writes.isEmpty()) {
      return;
    }
    try {
      Place.write(what, () -> to.bulkWrite(writes, ANY_ORDER));
    } catch (StoreException e) {
      if (!(e.getCause() instanceof MongoBulkWriteException failed)
          || !Failures.isDuplicatesOnly(failed)) {
        throw e;
      }
    }
  }
}
