package dev.restante.storage.mongo;

import static java.util.Objects.requireNonNull;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.cells.CellStore;
import dev.restante.storage.cells.Pauses;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A store on MongoDB 4.4 or newer: a standalone server or a replica set. It uses no transactions of
 * the database. A sharded cluster is refused when it opens.
 *
 * <p>A commit waits for a majority of the members to have it on disk: with less a failover could
 * take a part of it. What the store declares is what the deployment can do: a majority of one
 * member is {@link Durability#LOCAL}. A host that asks for more is refused when it opens.
 *
 * <p>Immutable; safe for use by many threads. Calls wait on the caller's thread.
 */
public final class MongoStorage implements Storage {
  static final String DEFAULT_DATABASE = "restante";
  static final String DEFAULT_PREFIX = "restante";

  /** A database to use, and what to close afterwards. */
  private record Link(MongoDatabase database, Runnable closing) {}

  private final String place;
  private final Function<StoreContext, Link> link;
  private final String prefix;

  private MongoStorage(String place, Function<StoreContext, Link> link, String prefix) {
    this.place = place;
    this.link = link;
    this.prefix = prefix;
  }

  /**
   * A store at an address, such as {@code mongodb://host1,host2/chat?replicaSet=rs}, with a client
   * of its own. The database is the one in the address, or {@value #DEFAULT_DATABASE}.
   *
   * @throws IllegalArgumentException if it is no such address
   */
  public static MongoStorage at(String uri) {
    ConnectionString address = parsed(uri);
    String database = database(address);
    return with(
        place(address),
        context -> {
          MongoClient client = MongoClients.create(settings(address, context));
          return new Link(client.getDatabase(database), client::close);
        });
  }

  /** The driver does not say secrets. */
  static ConnectionString parsed(String uri) {
    requireNonNull(uri, "uri");
    try {
      return new ConnectionString(uri);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The uri must be like mongodb://host:port/database or mongodb+srv://host: "
              + e.getMessage(),
          e);
    }
  }

  /** The database that an address names, or the one that is meant by none. */
  static String database(ConnectionString address) {
    String named = address.getDatabase();
    return named == null ? DEFAULT_DATABASE : named;
  }

  /** What an address points to, without its secrets. */
  static String place(ConnectionString address) {
    return "MongoDB " + String.join(",", address.getHosts()) + "/" + database(address);
  }

  static String place(MongoDatabase ofTheHost) {
    return "MongoDB client of the host, database " + ofTheHost.getName();
  }

  /** A store in a database of a client of the host's, who closes it. */
  public static MongoStorage on(MongoDatabase database) {
    requireNonNull(database, "database");
    return with(place(database), context -> new Link(database, () -> {}));
  }

  private static MongoClientSettings settings(ConnectionString address, StoreContext context) {
    // Less than an operation may take, so that waiting for a server shows as just that.
    long millis = Math.max(1, context.callTimeout().toMillis() / 5);
    return MongoClientSettings.builder()
        .applyConnectionString(address)
        .applyToClusterSettings(
            cluster -> cluster.serverSelectionTimeout(millis, TimeUnit.MILLISECONDS))
        .applyToSocketSettings(
            socket ->
                socket.connectTimeout(Math.min(millis, Integer.MAX_VALUE), TimeUnit.MILLISECONDS))
        .build();
  }

  private static MongoStorage with(String place, Function<StoreContext, Link> link) {
    return new MongoStorage(place, link, DEFAULT_PREFIX);
  }

  /**
   * The same with another beginning of the names of collections, so that several stores fit in one
   * database. Default: {@value #DEFAULT_PREFIX}.
   *
   * @param other 1 to 64 of A-Z, a-z, 0-9 and _
   * @throws IllegalArgumentException if it is anything else
   */
  public MongoStorage withPrefix(String other) {
    if (!isPrefix(other)) {
      throw new IllegalArgumentException(
          "The prefix must be 1 to 64 of A-Z, a-z, 0-9 and _, is " + other);
    }
    return new MongoStorage(place, link, other);
  }

  static boolean isPrefix(String prefix) {
    return prefix.matches("[A-Za-z0-9_]{1,64}");
  }

  @Override
  public String description() {
    return place + ", collections " + prefix + "_*";
  }

  @Override
  public Store open(StoreContext context) {
    Link opened = link.apply(context);
    MongoEngine engine;
    try {
      Deployment deployment = new Deployment(opened.database(), prefix, context.callTimeout());
      Deployment.Opened ready = deployment.open();
      Pauses pauses = new Pauses(context.callTimeout());
      engine = new MongoEngine(ready.place(), ready.info(), pauses, opened.closing());
    } catch (RuntimeException e) {
      opened.closing().run();
      throw e;
    }
    return CellStore.open(engine);
  }
}
