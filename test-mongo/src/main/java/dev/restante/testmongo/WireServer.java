package dev.restante.testmongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.exception.MongoServerException;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.bson.BsonDateTime;
import org.jspecify.annotations.Nullable;

/**
 * A server that speaks MongoDB's protocol, in this process. It is no MongoDB: what it shows is how
 * the store behaves, not what a database does to it. It has no secondary indexes and forces nothing
 * to any disk.
 *
 * <p>Its known defects are wrapped:
 *
 * <ul>
 *   <li>It gets one message at a time, since its collections are not safe for several writers.
 *   <li>Its answers are copied before the next message comes, since they hold the stored documents
 *       themselves.
 *   <li>It is asked {@code isMaster} instead of {@code hello}, which it does not know.
 *   <li>Updates by a pipeline, which it does not know either, are told as plain ones, with its own
 *       time for {@code $$NOW}: {@link Pipelines}.
 *   <li>Streams of changes are refused as by a standalone server, where it answers as if nothing
 *       ever changed; on one that {@link #withChangeStreams has them} who asks for changes waits
 *       until there are some, and does not ask all the time: {@link Waiting}.
 *   <li>It never removes what expired; {@link #expire} does.
 * </ul>
 */
public final class WireServer implements AutoCloseable {
  /** What goes wrong with the commands that name one database. */
  public static final class Fault {
    private final String database;
    private final int at;
    private final boolean executed;
    private final boolean forEver;
    private int seen;
    private boolean happened;

    /**
     * A fault at one command, counted from 0.
     *
     * @param executed whether the command is executed, and only its answer is lost
     * @param forEver whether no command after it is answered or executed either
     */
    public Fault(String database, int at, boolean executed, boolean forEver) {
      this.database = database;
      this.at = at;
      this.executed = executed;
      this.forEver = forEver;
    }

    /** Whether it has struck. */
    public boolean happened() {
      return happened;
    }

    /** 0 if the command is answered, 1 if it is executed only, 2 if neither. */
    private int strikes() {
      int number = seen++;
      if (number < at || (number > at && !forEver)) {
        return 0;
      }
      happened = true;
      return number == at && executed ? 1 : 2;
    }
  }

  /** What it is called in reports. */
  public static final String NAME = "wire server in memory, no MongoDB";

  /** Not of a store. */
  private static final Set<String> OF_THE_DRIVER =
      Set.of("hello", "isMaster", "ping", "endSessions");

  /** After which there may be changes to tell. */
  private static final Set<String> WRITING =
      Set.of("insert", "update", "delete", "findAndModify", "drop", "dropDatabase");

  /** CannotCreateIndex. */
  private static final int CANNOT_CREATE_INDEX = 67;

  private static final int FAILED_TO_PARSE = 9;

  /** What a standalone server answers who asks it for changes. */
  private static final int NO_CHANGE_STREAMS = 40573;

  private static final WireServer SHARED = new WireServer(false);

  private final boolean changeStreams;
  private final AtomicReference<@Nullable Fault> fault = new AtomicReference<>();
  private final InetSocketAddress address;
  private MongoServer server;
  private volatile Waiting waiting = new Waiting();
  private volatile boolean silent;
  private volatile boolean refusesTtl;

  private WireServer(boolean changeStreams) {
    this.changeStreams = changeStreams;
    server = server();
    address = server.bind();
  }

  private MongoServer server() {
    MongoBackend backend = new MemoryBackend();
    if (changeStreams) {
      backend.enableOplog();
    }
    return new MongoServer(wrapped(backend));
  }

  /** One for all tests, without change streams: it keeps no record of what was written. */
  public static WireServer shared() {
    return SHARED;
  }

  /** A new one that has change streams. It keeps whatever was written to it. */
  public static WireServer withChangeStreams() {
    return new WireServer(true);
  }

  /** Where it is, as the driver and {@code MongoStorage} want it. */
  public String uri() {
    return "mongodb:/" + address;
  }

  /** From now on something goes wrong; with nothing, all is well again. */
  public void fails(@Nullable Fault next) {
    fault.set(next);
  }

  /** From now on it takes in whatever is sent and answers nobody, or does again. */
  public void silent(boolean on) {
    silent = on;
  }

  /**
   * From now on it makes no index by which documents expire, and takes no update by a pipeline, or
   * does again.
   */
  public void refusesTtl(boolean on) {
    refusesTtl = on;
  }

  /** Breaks all connections and takes no more; what it held is gone. */
  public void kill() {
    server.shutdownNow();
  }

  /** After it was killed: an empty one at the same address. */
  public void startAgain() {
    waiting = new Waiting();
    server = server();
    server.bind(address);
  }

  /** Ends it; not for the one that is shared. */
  @Override
  public void close() {
    kill();
  }

  /** How many documents a collection holds. */
  public long count(String database, String collection) {
    try (MongoClient client = MongoClients.create(uri())) {
      return client.getDatabase(database).getCollection(collection).countDocuments();
    }
  }

  /**
   * Removes what the indexes of a database say is to be gone by a moment of the server's own time,
   * as MongoDB does once a minute.
   */
  public void expire(String database, Instant now) {
    try (MongoClient client = MongoClients.create(uri())) {
      MongoDatabase there = client.getDatabase(database);
      for (String name : there.listCollectionNames().into(new ArrayList<>())) {
        MongoCollection<org.bson.Document> collection = there.getCollection(name);
        for (org.bson.Document index : collection.listIndexes()) {
          if (index.get("expireAfterSeconds") instanceof Number seconds) {
            String field = index.get("key", org.bson.Document.class).keySet().iterator().next();
            Instant last = now.minusSeconds(seconds.longValue());
            // An order of dates alone: what is none, or not there, does not expire.
            collection.deleteMany(
                Filters.and(
                    Filters.type(field, "date"),
                    Filters.lte(field, new BsonDateTime(last.toEpochMilli()))));
          }
        }
      }
    }
  }

  private MongoBackend wrapped(MongoBackend backend) {
    return (MongoBackend)
        Proxy.newProxyInstance(
            MongoBackend.class.getClassLoader(),
            new Class<?>[] {MongoBackend.class},
            (proxy, method, arguments) -> call(backend, method, arguments));
  }

  private Object call(MongoBackend backend, Method method, Object[] arguments) throws Throwable {
    synchronized (backend) {
      try {
        return arguments != null && arguments[0] instanceof MongoMessage message
            ? answer(backend, message)
            : method.invoke(backend, arguments);
      } catch (InvocationTargetException e) {
        throw e.getTargetException();
      }
    }
  }

  private Document answer(MongoBackend backend, MongoMessage message) {
    if (silent) {
      return Waiting.never(message);
    }
    int strikes = strikes(message);
    if (strikes > 0) {
      boolean cut = !message.getChannel().close().isCancelled();
      if (cut && strikes > 1) {
        return new Document("ok", 1);
      }
    }
    refuse(message.getDocument());
    Document answer = backend.handleMessage(understood(message)).cloneDeeply();
    if (Waiting.isInVain(message, answer)) {
      return waiting.later(backend, message);
    }
    if (WRITING.contains(command(message))) {
      waiting.look();
    }
    return answer;
  }

  private int strikes(MongoMessage message) {
    Fault now = fault.get();
    boolean concerned =
        now != null
            && message.getDatabaseName().equals(now.database)
            && !OF_THE_DRIVER.contains(command(message));
    return concerned && now != null ? now.strikes() : 0;
  }

  private static String command(MongoMessage message) {
    return message.getDocument().keySet().iterator().next();
  }

  private void refuse(Document command) throws MongoServerException {
    if (!changeStreams
        && command.get("pipeline") instanceof List<?> stages
        && !stages.isEmpty()
        && stages.get(0) instanceof Document first
        && first.containsKey("$changeStream")) {
      throw new MongoServerError(
          NO_CHANGE_STREAMS, "The $changeStream stage is only supported on replica sets");
    }
    if (refusesTtl
        && command.get("indexes") instanceof List<?> indexes
        && indexes.stream()
            .anyMatch(
                index ->
                    index instanceof Document each && each.containsKey("expireAfterSeconds"))) {
      throw new MongoServerError(CANNOT_CREATE_INDEX, "No index has the option expireAfterSeconds");
    }
    if (refusesTtl
        && command.get("updates") instanceof List<?> updates
        && updates.stream()
            .anyMatch(
                each -> each instanceof Document update && update.get("u") instanceof List<?>)) {
      throw new MongoServerError(FAILED_TO_PARSE, "No update is a list");
    }
  }

  private static MongoMessage understood(MongoMessage message) {
    Document command = message.getDocument();
    if (command.containsKey("hello")) {
      Document asked = new Document("isMaster", 1);
      command.forEach(
          (field, value) -> {
            if (!field.equals("hello")) {
              asked.append(field, value);
            }
          });
      return new MongoMessage(message.getChannel(), message.getHeader(), asked);
    }
    if (command.containsKey("update")) {
      Pipelines.tellPlainly(command);
    }
    return message;
  }
}
