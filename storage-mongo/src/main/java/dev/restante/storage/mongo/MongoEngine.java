package dev.restante.storage.mongo;

import static com.mongodb.client.model.Filters.and;
import static com.mongodb.client.model.Filters.gt;
import static com.mongodb.client.model.Filters.in;
import static com.mongodb.client.model.Filters.lt;
import static com.mongodb.client.model.Projections.include;
import static com.mongodb.client.model.Sorts.ascending;

import com.mongodb.client.MongoCursor;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.CellEngine;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Pauses;
import dev.restante.storage.cells.Seen;
import dev.restante.storage.cells.Step;
import dev.restante.storage.cells.Unfinished;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.bson.types.ObjectId;

/** The steps of a store on MongoDB. A cell is a document: of a stream, or of a record. */
final class MongoEngine implements CellEngine {
  private final Place place;
  private final StoreInfo info;
  private final Pauses pauses;
  private final Runnable closing;
  private final Taking taking;
  private final Settling settling;
  private final Decisions decisions;
  private final LogReading logs;
  private final InboxReading inboxes;
  private final Trimming trimming;

  MongoEngine(Place place, StoreInfo info, Pauses pauses, Runnable closing) {
    this.place = place;
    this.info = info;
    this.pauses = pauses;
    this.closing = closing;
    this.taking = new Taking(place);
    this.settling = new Settling(place);
    this.decisions = new Decisions(place);
    this.logs = new LogReading(place);
    this.inboxes = new InboxReading(place);
    this.trimming = new Trimming(place, inboxes);
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  @Override
  public boolean recordsApart() {
    return true;
  }

  @Override
  public Optional<Refused> refusal(Commit commit) {
    return Limits.refusal(commit);
  }

  @Override
  public String newTransaction() {
    return new ObjectId().toHexString();
  }

  /** What a stream's cell says is committed; the rest is done by whoever meets it if not here. */
  @Override
  public Step apply(Part part) {
    if (part.cell().isRecord()) {
      return taking.record(part);
    }
    String transaction = newTransaction();
    Step taken = taking.stream(transaction, part);
    if (taken instanceof Step.Done) {
      try {
        settle(transaction, true, List.of(part.cell()));
      } catch (StoreException e) {
        // It is written all the same.
      }
    }
    return taken;
  }

  @Override
  public Step prepare(String transaction, List<Part> parts, int from, int until) {
    return taking.prepare(transaction, parts, from, until);
  }

  @Override
  public Decision decide(String transaction, Decision wanted) {
    return decisions.decide(transaction, wanted);
  }

  @Override
  public void abort(Collection<String> transactions) {
    decisions.abort(transactions);
  }

  @Override
  public Map<String, Decision> decisions(Collection<String> transactions) {
    return decisions.of(transactions);
  }

  @Override
  public void settle(String transaction, boolean committed, List<Cell> cells) {
    settling.settle(transaction, committed, cells);
  }

  @Override
  public void forget(String transaction) {
    decisions.forget(transaction);
  }

  @Override
  public List<Unfinished> unfinished(int limit) {
    return decisions.unfinished(limit);
  }

  @Override
  public void pause(int nth) {
    pauses.pause(nth);
  }

  @Override
  public Seen<List<StreamHead>> heads(List<StreamKey> streams) {
    Heads heads = Heads.of(place, streams);
    List<StreamHead> found = new ArrayList<>(streams.size());
    streams.forEach(stream -> found.add(Rows.head(heads.cell(stream))));
    return new Seen<>(found, heads.met());
  }

  /** The logs' cells first: what they do not hold as an intent is where it belongs. */
  @Override
  public Seen<Map<DedupKey, DedupRow>> dedups(Collection<DedupKey> keys) {
    Map<String, DedupKey> ids = new HashMap<>();
    HashSet<StreamKey> streams = new HashSet<>();
    keys.forEach(
        key -> {
          ids.put(Names.dedup(key), key);
          streams.add(key.log());
        });
    Heads heads = Heads.of(place, streams);
    Map<DedupKey, DedupRow> found = new HashMap<>();
    for (List<String> lot : Heads.lots(ids.keySet())) {
      Place.read(
              "look up submits", () -> place.dedup.find(in(Fields.ID, lot)).into(new ArrayList<>()))
          .forEach(
              row -> {
                DedupKey key = ids.get(row.getString(Fields.ID));
                if (key != null) {
                  found.put(key, Rows.dedupRow(key, row));
                }
              });
    }
    return new Seen<>(found, heads.met());
  }

  @Override
  public Seen<LogSlice> readLog(LogRange range) {
    return logs.read(range);
  }

  @Override
  public Seen<InboxSlice> readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return inboxes.read(inbox, after, limit, maxBytes);
  }

  private static final Bson WITHOUT_INTENTS =
      include(Fields.VERSION, Fields.PAYLOAD, Fields.INTENT_OF, Fields.INTENT_COMMITTED);

  @Override
  public Seen<Map<RecordKey, StoredRecord>> records(Collection<RecordKey> keys) {
    Map<String, RecordKey> ids = new HashMap<>();
    keys.forEach(key -> ids.put(Names.cell(key), key));
    Map<RecordKey, StoredRecord> found = new HashMap<>();
    List<Met> met = new ArrayList<>();
    for (List<String> lot : Heads.lots(ids.keySet())) {
      Place.read(
              "look up records",
              () ->
                  place
                      .cells
                      .find(in(Fields.ID, lot))
                      .projection(WITHOUT_INTENTS)
                      .into(new ArrayList<>()))
          .forEach(
              cell -> {
                RecordKey key = ids.get(cell.getString(Fields.ID));
                if (key != null) {
                  Taking.met(Cell.of(key), cell).ifPresent(met::add);
                  stored(key, cell).ifPresent(record -> found.put(key, record));
                }
              });
    }
    return new Seen<>(found, met);
  }

  /** A cell that was made for an intent alone holds no record. */
  private static Optional<StoredRecord> stored(RecordKey key, Document cell) {
    long version = Rows.number(cell, Fields.VERSION);
    return version == 0
        ? Optional.empty()
        : Optional.of(new StoredRecord(key, version, Rows.payload(cell)));
  }

  @Override
  public Seen<List<StoredRecord>> list(
      StreamKey partition, String space, String afterId, int limit) {
    String prefix = Names.records(partition, space);
    Bson range =
        and(gt(Fields.ID, prefix + Names.encoded(afterId)), lt(Fields.ID, Names.after(prefix)));
    List<StoredRecord> found = new ArrayList<>();
    List<Met> met = new ArrayList<>();
    return Place.read(
        "list records",
        () -> {
          try (MongoCursor<Document> cells =
              place
                  .cells
                  .find(range)
                  .projection(WITHOUT_INTENTS)
                  .sort(ascending(Fields.ID))
                  .iterator()) {
            while (found.size() < limit && cells.hasNext()) {
              Document cell = cells.next();
              String id = Names.text(cell.getString(Fields.ID).substring(prefix.length()));
              RecordKey key = new RecordKey(partition, space, id);
              Taking.met(Cell.of(key), cell).ifPresent(met::add);
              stored(key, cell).ifPresent(found::add);
            }
          }
          return new Seen<>(found, met);
        });
  }

  @Override
  public Seen<Long> trim(Trim trim, int maxRows) {
    return trimming.trim(trim, maxRows);
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    return trimming.sweep(nowMillis, limit);
  }

  @Override
  public void close() {
    pauses.close();
    closing.run();
  }
}
