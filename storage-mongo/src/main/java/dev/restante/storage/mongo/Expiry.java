package dev.restante.storage.mongo;

import static com.mongodb.client.model.Indexes.ascending;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoExecutionTimeoutException;
import com.mongodb.MongoOperationTimeoutException;
import com.mongodb.client.model.IndexOptions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bson.Document;
import org.bson.conversions.Bson;

/**
 * Has the server remove submits that have long expired, beside the sweep: an index by which
 * documents expire (TTL).
 *
 * <p>It decides nothing. What is expired the caller's clock says, and no two clocks agree; so the
 * server is never told a moment of the caller's. A row carries for how long it counts, and whoever
 * writes it has the server add that to the server's own time of then, and a {@linkplain #MARGIN
 * margin}. So it does not matter how far its clock is from the nodes', only how much the difference
 * changes while the row counts, and how far the nodes' clocks are from each other; the margin is
 * for both. A row that is written late, by who finishes the work of a node that died, goes later.
 *
 * <p>Rows that never expire, and those that had expired when they were written, have no such time:
 * the sweep finds the latter. A deployment that makes no such index does without.
 */
final class Expiry {
  /** By how much the server is later than the row's own expiry. */
  static final Duration MARGIN = Duration.ofDays(1);

  /** What lasts for longer never goes by itself. MongoDB's own sums of time end far beyond. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  /**
   * BadValue, CannotCreateIndex, InvalidOptions, CommandNotSupported, NotImplemented; and
   * IndexOptionsConflict, IndexKeySpecsConflict: somebody changed the index.
   */
  private static final Set<Integer> NOT_HERE = Set.of(2, 67, 72, 115, 238, 85, 86);

  private Expiry() {}

  /** Whether the server is told of a row that counts for this long. */
  static boolean isForServer(long countsForMillis) {
    return countsForMillis > 0 && countsForMillis <= LONGEST.toMillis();
  }

  /** Sets values, and when they go. */
  static List<Bson> setting(Document values, long countsForMillis) {
    Document sum = new Document("$add", List.of("$$NOW", countsForMillis + MARGIN.toMillis()));
    return List.of(new Document("$set", new Document(values).append(Fields.GONE, sum)));
  }

  /** Sets values that do not go, also in the place of such as would have. */
  static Bson settingForGood(Document values) {
    return new Document("$set", values).append("$unset", new Document(Fields.GONE, ""));
  }

  /**
   * Makes the index. Nothing is lost where it is not to be had, or takes too long to make: the
   * sweep finds all that is expired, and who opens the store next tries again.
   *
   * @return whether it is there, so that it is worth telling the server when rows go. Who makes no
   *     such index may not understand the update that tells it either
   */
  static boolean addIndex(Place place) {
    try {
      place.dedup.createIndex(
          ascending(Fields.GONE), new IndexOptions().expireAfter(0L, TimeUnit.SECONDS));
      return true;
    } catch (MongoExecutionTimeoutException | MongoOperationTimeoutException e) {
      return false;
    } catch (MongoCommandException e) {
      if (!NOT_HERE.contains(e.getErrorCode())) {
        throw e;
      }
      return false;
    }
  }
}
