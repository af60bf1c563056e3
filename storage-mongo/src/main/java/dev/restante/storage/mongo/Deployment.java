package dev.restante.storage.mongo;

import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Indexes.ascending;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoWriteException;
import com.mongodb.ReadConcern;
import com.mongodb.ReadPreference;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoDatabase;
import dev.restante.storage.Durability;
import dev.restante.storage.Moving;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bson.Document;
import org.jspecify.annotations.Nullable;

/** Looks at what stands behind an address, and makes it ready for a store. */
final class Deployment {
  /** The version of the layout. */
  private static final int FORMAT = 2;

  private static final String FORMAT_ID = "f";
  private static final int COMMAND_NOT_FOUND = 59;

  /** A store call takes several operations of the database. */
  private static final int OPERATIONS_IN_A_CALL = 4;

  private final MongoDatabase database;
  private final String prefix;

  Deployment(MongoDatabase database, String prefix, Duration callTimeout) {
    this.database =
        database
            .withReadPreference(ReadPreference.primary())
            .withTimeout(
                Math.max(1, callTimeout.toMillis() / OPERATIONS_IN_A_CALL), TimeUnit.MILLISECONDS);
    this.prefix = prefix;
  }

  /** What the declarations of a store come from. */
  record Opened(Place place, StoreInfo info) {}

  Opened open() {
    Document hello = hello();
    refuseRouter(hello);
    Place place = place(hello.containsKey("setName"));
    checkFormat(place);
    addIndexes(place);
    StoreInfo info =
        new StoreInfo(
            "mongodb",
            durability(hello, isInMemory()),
            true,
            true,
            Moving.NO,
            Limits.MAX_PAYLOAD_BYTES,
            Limits.MAX_COMMIT_ROWS);
    return new Opened(place, info);
  }

  /**
   * A driver takes any of a cluster's routers for each operation, and one of them may still look at
   * a primary that was deposed. The steps of a commit look at what others wrote before, so they
   * would have to go by one causally consistent session.
   */
  static void refuseRouter(Document hello) {
    if ("isdbgrid".equals(hello.getString("msg"))) {
      throw new StoreException(
          Effect.FAULT,
          "This is a router of a sharded cluster; a replica set or a standalone server is needed",
          null);
    }
  }

  private Place place(boolean majority) {
    MongoDatabase writing =
        database.withWriteConcern(
            (majority ? WriteConcern.MAJORITY : WriteConcern.W1).withJournal(true));
    return new Place(
        writing.withReadConcern(ReadConcern.LOCAL),
        writing.withReadConcern(majority ? ReadConcern.MAJORITY : ReadConcern.LOCAL),
        prefix);
  }

  private Document hello() {
    return Place.read(
        "hello",
        () -> {
          try {
            return database.runCommand(new Document("hello", 1));
          } catch (MongoCommandException e) {
            if (e.getErrorCode() != COMMAND_NOT_FOUND) {
              throw e;
            }
            return database.runCommand(new Document("isMaster", 1));
          }
        });
  }

  /** A majority of one is one machine. */
  static Durability durability(Document hello, boolean inMemory) {
    if (inMemory) {
      return Durability.VOLATILE;
    }
    List<?> hosts = hello.get("hosts", List.class);
    return hosts != null && hosts.size() > 1 ? Durability.MAJORITY : Durability.LOCAL;
  }

  /** Asked where the user may ask it. */
  private boolean isInMemory() {
    return Place.read(
        "serverStatus",
        () -> {
          try {
            @Nullable Document engine =
                database
                    .runCommand(new Document("serverStatus", 1))
                    .get("storageEngine", Document.class);
            return engine != null && Boolean.FALSE.equals(engine.getBoolean("persistent"));
          } catch (MongoCommandException e) {
            return false;
          }
        });
  }

  private void checkFormat(Place place) {
    Document found = format(place);
    if (found == null) {
      insertFormat(place);
      // Whoever came first may be of another version.
      found = format(place);
    }
    Integer format = found == null ? null : found.getInteger("format");
    if (format == null || format != FORMAT) {
      throw new StoreException(
          Effect.FAULT,
          "%s_cells has format %s, and this version knows %d".formatted(prefix, format, FORMAT),
          null);
    }
  }

  private static @Nullable Document format(Place place) {
    return Place.read(
        "look up the format", () -> place.cellsNow.find(eq(Fields.ID, FORMAT_ID)).first());
  }

  private static void insertFormat(Place place) {
    try {
      Place.write(
          "write the format",
          () -> place.cells.insertOne(new Document(Fields.ID, FORMAT_ID).append("format", FORMAT)));
    } catch (StoreException e) {
      if (!(e.getCause() instanceof MongoWriteException failed && Failures.isDuplicate(failed))) {
        throw asOpening(e);
      }
    }
  }

  /** Opening again does no harm. */
  private static StoreException asOpening(StoreException e) {
    return e.effect() == Effect.UNKNOWN
        ? new StoreException(Effect.UNAVAILABLE, String.valueOf(e.getMessage()), e)
        : e;
  }

  private static void addIndexes(Place place) {
    try {
      Place.write(
          "make indexes",
          () -> {
            place.inbox.createIndex(ascending(Fields.STREAM, Fields.NUMBER));
            String expiry = place.dedup.createIndex(ascending(Fields.EXPIRY));
            place.expires = Expiry.addIndex(place);
            return expiry;
          });
    } catch (StoreException e) {
      throw asOpening(e);
    }
  }
}
