package dev.restante.benchmarks;

import com.mongodb.ConnectionString;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Indexes;
import dev.restante.storage.mongo.MongoStorage;
import dev.restante.testmongo.WireServer;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The deployment that {@code -Drestante.mongo.uri} names, or a server in this process that speaks
 * the protocol and keeps everything in memory. Collections are of this run, and go when it is
 * closed.
 */
final class MongoDeployment implements AutoCloseable {
  private static final @Nullable String URI = System.getProperty("restante.mongo.uri");

  private final String uri = URI == null ? WireServer.shared().uri() : URI;
  private final String run = "load" + Long.toString(System.currentTimeMillis(), 36) + "_";
  private final MongoClient client = MongoClients.create(uri);
  private final MongoDatabase database;

  MongoDeployment() {
    String named = new ConnectionString(uri).getDatabase();
    // The library's own name for it.
    database = client.getDatabase(named == null ? "restante" : named);
  }

  /** Whether it is none of MongoDB's own. */
  static boolean isInMemory() {
    return URI == null;
  }

  String settings() {
    return isInMemory() ? WireServer.NAME : "the deployment of restante.mongo.uri";
  }

  /** The library's storage on this deployment. */
  MongoStorage storage() {
    return MongoStorage.on(database).withPrefix(run + "library");
  }

  /** With the durability and the indexes of the library's collections, but no expiry. */
  MongoWriter writer(String prefix, Population population) {
    MongoDatabase durable = database.withWriteConcern(WriteConcern.MAJORITY.withJournal(true));
    MongoWriter writer = new MongoWriter(durable, run + prefix, population);
    durable.getCollection(run + prefix + "_inbox").createIndex(Indexes.ascending("p", "n"));
    durable.getCollection(run + prefix + "_dedup").createIndex(Indexes.ascending("x"));
    return writer;
  }

  @Override
  public void close() {
    try (client) {
      for (String name : database.listCollectionNames().into(new ArrayList<>())) {
        if (name.startsWith(run)) {
          database.getCollection(name).drop();
        }
      }
    }
  }
}
