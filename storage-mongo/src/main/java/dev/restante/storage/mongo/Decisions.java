package dev.restante.storage.mongo;

import static com.mongodb.client.model.Filters.and;
import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Filters.gte;
import static com.mongodb.client.model.Filters.in;
import static com.mongodb.client.model.Filters.lt;
import static com.mongodb.client.model.Projections.include;
import static com.mongodb.client.model.Sorts.ascending;
import static com.mongodb.client.model.Updates.set;

import com.mongodb.client.MongoCollection;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Unfinished;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.Document;

/** The records of transactions, each a document among the cells. */
final class Decisions {
  private static final int ATTEMPTS = 16;

  private final Place place;

  Decisions(Place place) {
    this.place = place;
  }

  /**
   * A step that changes nothing returns when a majority has what it found. Should that not be told
   * yet, the step is taken again, which waits again.
   */
  Decision decide(String transaction, Decision wanted) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (isDecided(transaction, wanted)) {
        return wanted;
      }
      Decision found = of(List.of(transaction)).getOrDefault(transaction, Decision.GONE);
      if (found != Decision.PENDING) {
        return found;
      }
    }
    throw notYet();
  }

  private boolean isDecided(String transaction, Decision wanted) {
    return Place.write(
        "decide a commit",
        () ->
            place
                    .cells
                    .updateOne(
                        new Document(Fields.ID, Names.transaction(transaction))
                            .append(Fields.DECISION, Decision.PENDING.name()),
                        set(Fields.DECISION, wanted.name()))
                    .getMatchedCount()
                == 1);
  }

  /**
   * Where some are aborted and others were decided, what was decided meanwhile may lie behind the
   * writes that were waited for: the step is taken again for those of which it is not told yet.
   */
  void abort(Collection<String> transactions) {
    Collection<String> left = transactions;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (aborted(left) == left.size()) {
        return;
      }
      Map<String, Decision> found = of(left);
      left = left.stream().filter(each -> found.get(each) == Decision.PENDING).toList();
      if (left.isEmpty()) {
        return;
      }
    }
    throw notYet();
  }

  private long aborted(Collection<String> transactions) {
    List<String> ids = transactions.stream().map(Names::transaction).toList();
    return Place.write(
        "abort commits",
        () ->
            place
                .cells
                .updateMany(
                    and(in(Fields.ID, ids), eq(Fields.DECISION, Decision.PENDING.name())),
                    set(Fields.DECISION, Decision.ABORTED.name()))
                .getMatchedCount());
  }

  private static StoreException notYet() {
    return new StoreException(
        Effect.TRANSIENT, "What was decided is not on a majority of the replicas yet", null);
  }

  /**
   * What a majority has: it does not change again, whatever fails. A record that only the primary
   * has is pending. To take it for gone would take its intents, which the primary has as well, for
   * late ones.
   */
  Map<String, Decision> of(Collection<String> transactions) {
    Map<String, Decision> found = new HashMap<>();
    List<String> ids = transactions.stream().map(Names::transaction).toList();
    records(place.cells, ids)
        .forEach(
            record ->
                found.put(
                    transaction(record), Decision.valueOf(record.getString(Fields.DECISION))));
    List<String> others =
        transactions.stream()
            .filter(each -> !found.containsKey(each))
            .map(Names::transaction)
            .toList();
    if (!others.isEmpty()) {
      transactions.forEach(each -> found.putIfAbsent(each, Decision.GONE));
      records(place.cellsNow, others)
          .forEach(record -> found.put(transaction(record), Decision.PENDING));
    }
    return found;
  }

  private static List<Document> records(MongoCollection<Document> cells, List<String> ids) {
    return Place.read(
        "look up what was decided",
        () ->
            cells
                .find(in(Fields.ID, ids))
                .projection(include(Fields.DECISION))
                .into(new ArrayList<>()));
  }

  private static String transaction(Document record) {
    return Names.transactionOf(record.getString(Fields.ID));
  }

  void forget(String transaction) {
    Place.write(
        "forget a commit",
        () -> place.cells.deleteOne(eq(Fields.ID, Names.transaction(transaction))));
  }

  List<Unfinished> unfinished(int limit) {
    return Place.read(
            "look for unfinished commits",
            () ->
                place
                    .cells
                    .find(
                        and(
                            gte(Fields.ID, Names.transaction("")),
                            lt(Fields.ID, Names.AFTER_TRANSACTIONS)))
                    .sort(ascending(Fields.ID))
                    .limit(limit)
                    .into(new ArrayList<>()))
        .stream()
        .map(Decisions::unfinished)
        .toList();
  }

  private static Unfinished unfinished(Document record) {
    return new Unfinished(
        transaction(record),
        record.getBoolean(Fields.EXCLUSIVE),
        cells(record, Fields.CELLS),
        cells(record, Fields.GUARDED).stream().map(Decisions::recordIn).toList());
  }

  private static List<Cell> cells(Document record, String field) {
    return record.getList(field, String.class).stream().map(Names::cellOf).toList();
  }

  private static RecordKey recordIn(Cell cell) {
    return new RecordKey(cell.partition(), cell.space(), cell.id());
  }
}
