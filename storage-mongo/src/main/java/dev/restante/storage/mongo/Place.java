package dev.restante.storage.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import java.util.function.Supplier;
import org.bson.Document;

/**
 * The collections of one store, with the write concern that it promises.
 *
 * <p>Readers see what a majority has, where the store promises that; what a step goes by on its way
 * to a conditional write is read as the primary has it, since the write is conditional on just
 * that. So is what a guard looks at: its commit's record was written before, and is confirmed
 * after.
 */
final class Place {
  final MongoCollection<Document> cells;
  final MongoCollection<Document> log;
  final MongoCollection<Document> inbox;
  final MongoCollection<Document> dedup;

  /** The same cells as the primary has them. */
  final MongoCollection<Document> cellsNow;

  final MongoCollection<Document> inboxNow;
  final MongoCollection<Document> dedupNow;

  /** Whether the server removes rows by itself. Decided while the store is opened. */
  volatile boolean expires;

  Place(MongoDatabase now, MongoDatabase settled, String prefix) {
    cellsNow = now.getCollection(prefix + "_cells");
    inboxNow = now.getCollection(prefix + "_inbox");
    dedupNow = now.getCollection(prefix + "_dedup");
    cells = settled.getCollection(prefix + "_cells");
    log = settled.getCollection(prefix + "_log");
    inbox = settled.getCollection(prefix + "_inbox");
    dedup = settled.getCollection(prefix + "_dedup");
  }

  /** Asks something that changes nothing. */
  static <T> T read(String what, Supplier<T> call) {
    return call(what, false, call);
  }

  /** Asks something that may change something. */
  static <T> T write(String what, Supplier<T> call) {
    return call(what, true, call);
  }

  private static <T> T call(String what, boolean writes, Supplier<T> call) {
    try {
      return call.get();
    } catch (MongoException e) {
      throw Failures.of(e, what, writes);
    } catch (IllegalStateException e) {
      throw Failures.closed(e);
    }
  }
}
