package dev.restante.testmongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A server that speaks MongoDB's protocol, in this process. It is no MongoDB: what it shows is how
 * the store behaves, not what a database does to it. It has no secondary indexes and forces nothing
 * to any disk.
 *
 * <p>Its known defects are wrapped: it gets one message at a time, since its collections are not
 * safe for several writers; its answers are copied before the next one comes, since they hold the
 * stored documents themselves; and it is asked {@code isMaster} instead of {@code hello}, which it
 * does not know.
 */
public final class WireServer {
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

  private static final WireServer SHARED = new WireServer();

  private final AtomicReference<@Nullable Fault> fault = new AtomicReference<>();
  private final String uri;

  private WireServer() {
    MongoServer server = new MongoServer(wrapped(new MemoryBackend()));
    uri = "mongodb:/" + server.bind();
  }

  /** One for all tests. */
  public static WireServer shared() {
    return SHARED;
  }

  /** Where it is, as the driver and {@code MongoStorage} want it. */
  public String uri() {
    return uri;
  }

  /** From now on something goes wrong; with nothing, all is well again. */
  public void fails(@Nullable Fault next) {
    fault.set(next);
  }

  /** How many documents a collection holds. */
  public long count(String database, String collection) {
    try (MongoClient client = MongoClients.create(uri)) {
      return client.getDatabase(database).getCollection(collection).countDocuments();
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
        MongoMessage message =
            arguments != null && arguments[0] instanceof MongoMessage each ? each : null;
        int strikes = message == null ? 0 : strikes(message);
        if (message != null && strikes > 0) {
          boolean cut = !message.getChannel().close().isCancelled();
          if (cut && strikes > 1) {
            return new Document("ok", 1);
          }
        }
        Object answer = method.invoke(backend, understood(arguments));
        return answer instanceof Document document ? document.cloneDeeply() : answer;
      } catch (InvocationTargetException e) {
        throw e.getTargetException();
      }
    }
  }

  private int strikes(MongoMessage message) {
    Fault now = fault.get();
    boolean concerned =
        now != null
            && message.getDatabaseName().equals(now.database)
            && !OF_THE_DRIVER.contains(message.getDocument().keySet().iterator().next());
    return concerned && now != null ? now.strikes() : 0;
  }

  private static Object[] understood(Object[] arguments) {
    if (arguments == null
        || !(arguments[0] instanceof MongoMessage message)
        || !message.getDocument().containsKey("hello")) {
      return arguments;
    }
    Document asked = new Document("isMaster", 1);
    message
        .getDocument()
        .forEach(
            (field, value) -> {
              if (!field.equals("hello")) {
                asked.append(field, value);
              }
            });
    return new Object[] {new MongoMessage(message.getChannel(), message.getHeader(), asked)};
  }
}
