package dev.restante.storage.mongo;

import static com.mongodb.client.model.Aggregates.match;
import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Filters.in;
import static com.mongodb.client.model.Indexes.ascending;
import static com.mongodb.client.model.Updates.combine;
import static com.mongodb.client.model.Updates.currentDate;
import static com.mongodb.client.model.Updates.setOnInsert;
import static java.util.Objects.requireNonNull;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoCommandException;
import com.mongodb.ReadConcern;
import com.mongodb.ReadPreference;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoChangeStreamCursor;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.IndexOptions;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.OperationType;
import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import dev.restante.bus.NodeBus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.bson.types.Binary;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * A node bus on MongoDB's change streams, which a replica set has and a standalone server has not:
 * there {@link #connect} says so, and nodes poll. It need not be the deployment that the messages
 * are in.
 *
 * <p>What is sent is a document of one collection for a minute or two; whoever is on the bus
 * follows the stream of what is inserted there. A link has two connections, one that listens and
 * one that sends, and two daemon threads, {@code restante-bus-listener} and {@code
 * restante-bus-sender}, since the driver's calls wait. When it is closed they go within a second,
 * or within fifteen where the server is silent. A change of primary a link outlives by itself, if
 * it is over in five seconds: the stream goes on where it stopped.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class MongoBus implements NodeBus {
  static final String DEFAULT_COLLECTION = "restante_hints";

  /** More than any node sends at once; a document holds 16 MiB. */
  static final int MAX_MESSAGE_BYTES = 64 * 1024;

  /** How long a step of connecting, sending or asking for more may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** The part of that for which a server waits for news before it says that there are none. */
  private static final int QUIET_PART = 5;

  /** The stream tells what was sent from the log of operations, so it need not lie there at all. */
  private static final Duration KEPT = Duration.ofMinutes(1);

  /** The code by which a standalone server refuses. */
  private static final int NO_CHANGE_STREAMS = 40573;

  private static final String MESSAGE = "m";
  private static final String SENT_AT = "t";
  private static final UpdateOptions UPSERT = new UpdateOptions().upsert(true);

  /** What was sent, and that the collection went, after which nothing comes any more. */
  private static final List<Bson> NEWS =
      List.of(
          match(
              in(
                  "operationType",
                  Stream.of(
                          OperationType.INSERT,
                          OperationType.DROP,
                          OperationType.DROP_DATABASE,
                          OperationType.RENAME,
                          OperationType.INVALIDATE)
                      .map(OperationType::getValue)
                      .toList())));

  /** A database to use, and what to close afterwards. */
  private record Way(MongoDatabase database, Runnable closing) {}

  private final String place;
  private final Supplier<Way> way;
  private final String collection;
  private final Duration patience;

  private MongoBus(String place, Supplier<Way> way, String collection, Duration patience) {
    this.place = place;
    this.way = way;
    this.collection = collection;
    this.patience = patience;
  }

  /**
   * A bus at an address, such as {@code mongodb://host1,host2/chat?replicaSet=rs}, with a client of
   * its own for each link, in the collection {@code restante_hints}. The database is the one in the
   * address, or {@value MongoStorage#DEFAULT_DATABASE}.
   *
   * @throws IllegalArgumentException if it is no such address
   */
  public static MongoBus at(String uri) {
    ConnectionString address = MongoStorage.parsed(uri);
    return new MongoBus(
        MongoStorage.place(address),
        () -> {
          MongoClient client = MongoClients.create(settings(address));
          return new Way(client.getDatabase(MongoStorage.database(address)), client::close);
        },
        DEFAULT_COLLECTION,
        PATIENCE);
  }

  /**
   * A bus in a database of a client of the host's, who closes it. A link takes two connections of
   * its pool.
   */
  public static MongoBus on(MongoDatabase database) {
    requireNonNull(database, "database");
    return new MongoBus(
        MongoStorage.place(database),
        () -> new Way(database, () -> {}),
        DEFAULT_COLLECTION,
        PATIENCE);
  }

  private static MongoClientSettings settings(ConnectionString address) {
    long millis = PATIENCE.toMillis();
    // Who put time-outs of his own into the address wants these.
    return MongoClientSettings.builder()
        .applyToClusterSettings(
            cluster -> cluster.serverSelectionTimeout(millis, TimeUnit.MILLISECONDS))
        .applyToSocketSettings(
            socket ->
                socket
                    .connectTimeout(millis, TimeUnit.MILLISECONDS)
                    // Only for the farewell: whatever else is asked has a limit of its own.
                    .readTimeout(millis, TimeUnit.MILLISECONDS))
        .applyConnectionString(address)
        .build();
  }

  /**
   * The same in another collection, which is the bus' alone. Nodes hear each other if deployment,
   * database and collection are the same. Give nodes on another store another collection, or they
   * send each other what they cannot use.
   *
   * @param name 1 to 64 of A-Z, a-z, 0-9 and _
   * @throws IllegalArgumentException if it is anything else
   */
  public MongoBus withCollection(String name) {
    if (!MongoStorage.isPrefix(name)) {
      throw new IllegalArgumentException(
          "The collection must be 1 to 64 of A-Z, a-z, 0-9 and _, is " + name);
    }
    return new MongoBus(place, way, name, patience);
  }

  MongoBus withPatience(Duration other) {
    return new MongoBus(place, way, collection, other);
  }

  @Override
  public String description() {
    return "bus on " + place + ", collection " + collection;
  }

  @Override
  public BusLink connect(BusReceiver receiver) {
    requireNonNull(receiver, "receiver");
    Way opened = null;
    try {
      opened = way.get();
      MongoCollection<Document> hints = hints(opened.database());
      MongoChangeStreamCursor<ChangeStreamDocument<Document>> news =
          hints
              .watch(NEWS)
              .maxAwaitTime(patience.toMillis() / QUIET_PART, TimeUnit.MILLISECONDS)
              .cursor();
      Link link = new Link(hints, news, opened.closing(), receiver, patience);
      link.begin();
      return link;
    } catch (RuntimeException e) {
      if (opened != null) {
        opened.closing().run();
      }
      throw new BusException("cannot connect: " + reason(e), e);
    }
  }

  /** What a failover takes back was a hint. */
  private MongoCollection<Document> hints(MongoDatabase database) {
    return database
        .getCollection(collection)
        .withTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
        .withReadPreference(ReadPreference.primary())
        .withReadConcern(ReadConcern.MAJORITY)
        .withWriteConcern(WriteConcern.W1);
  }

  private static String reason(RuntimeException failure) {
    return failure instanceof MongoCommandException refused
            && refused.getErrorCode() == NO_CHANGE_STREAMS
        ? "this is a standalone MongoDB, and only a replica set has change streams"
        : String.valueOf(failure.getMessage());
  }

  private static Thread thread(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  private static final class Link implements BusLink {
    private final MongoCollection<Document> hints;
    private final MongoChangeStreamCursor<ChangeStreamDocument<Document>> news;
    private final Runnable closing;
    private final BusReceiver receiver;

    /** The driver's own limit ends it sooner. */
    private final Duration most;

    private final ExecutorService sender =
        Executors.newSingleThreadExecutor(work -> thread(work, "restante-bus-sender"));
    private volatile @Nullable CompletableFuture<Void> sending;
    private volatile boolean closed;

    Link(
        MongoCollection<Document> hints,
        MongoChangeStreamCursor<ChangeStreamDocument<Document>> news,
        Runnable closing,
        BusReceiver receiver,
        Duration patience) {
      this.hints = hints;
      this.news = news;
      this.closing = closing;
      this.receiver = receiver;
      this.most = patience.multipliedBy(2);
    }

    void begin() {
      try {
        hints.createIndex(
            ascending(SENT_AT), new IndexOptions().expireAfter(KEPT.toSeconds(), TimeUnit.SECONDS));
      } catch (RuntimeException e) {
        sender.shutdown();
        news.close();
        throw e;
      }
      thread(this::listen, "restante-bus-listener").start();
    }

    /** Whatever the driver mends by itself is not seen here. */
    private void listen() {
      try (news) {
        follow();
      } finally {
        // Says farewell to the server, so nobody else is to wait for it.
        closing.run();
      }
    }

    private void follow() {
      try {
        while (!closed) {
          ChangeStreamDocument<Document> change = news.tryNext();
          if (change != null) {
            hear(change);
          } else if (news.getServerCursor() == null) {
            throw new BusException("the stream of changes ended", null);
          }
        }
      } catch (RuntimeException e) {
        if (!closed) {
          receiver.lost(e);
        }
      }
    }

    private void hear(ChangeStreamDocument<Document> change) {
      if (change.getOperationType() != OperationType.INSERT) {
        throw new BusException("the collection is gone: " + change.getOperationTypeString(), null);
      }
      Document document = change.getFullDocument();
      if (!closed) {
        receiver.received(
            document != null && document.get(MESSAGE) instanceof Binary message
                ? message.getData()
                : new byte[0]);
      }
    }

    @Override
    public int maxMessageBytes() {
      return MAX_MESSAGE_BYTES;
    }

    @Override
    public void send(byte[] message) {
      try {
        CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> insert(message), sender);
        sending = sent;
        if (closed) {
          throw new BusException("the link was closed", null);
        }
        sent.get(most.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        throw new BusException("the link was closed", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BusException("interrupted", e);
      } catch (TimeoutException e) {
        throw new BusException("no answer within " + most, e);
      } catch (ExecutionException e) {
        throw new BusException("cannot send: " + e.getMessage(), e);
      }
    }

    /** As an update that finds nothing, since the server tells its time to no plain insert. */
    private void insert(byte[] message) {
      hints.updateOne(
          eq(Fields.ID, new ObjectId()),
          combine(setOnInsert(MESSAGE, new Binary(message)), currentDate(SENT_AT)),
          UPSERT);
    }

    /** The driver cannot be made to stop waiting; so nobody else waits for it any more. */
    @Override
    public void close() {
      closed = true;
      sender.shutdownNow();
      CompletableFuture<Void> last = sending;
      if (last != null) {
        last.completeExceptionally(new BusException("the link was closed", null));
      }
    }
  }
}
