package dev.restante.crash;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.restante.Counters;
import dev.restante.Health;
import dev.restante.Restante;
import dev.restante.RestanteBuilder;
import dev.restante.RestanteOptions;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.LogEntry;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import dev.restante.crash.Journal.Kind;
import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.EmbeddedStorage;
import dev.restante.storage.jdbc.JdbcStorageProvider;
import dev.restante.storage.mongo.MongoStorage;
import dev.restante.storage.redis.RedisBus;
import dev.restante.storage.redis.RedisStorage;
import dev.restante.storage.rocksdb.RocksStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The process that is killed: one node and its devices. It runs until a file says that nothing new
 * is to be said, then until another says that nobody says anything any more, and ends when every
 * device has everything.
 *
 * <p>Arguments: where the store is, the journal, a seed, the names of the devices.
 */
final class ChildNode {
  /** Stands before the folder of a store on RocksDB. */
  static final String ROCKSDB = "rocksdb:";

  /** The property that says where the bus is; empty for none. */
  static final String BUS = "restante.crash.bus";

  /** Stands before the addresses of a Redis Cluster, which have commas between. */
  static final String REDIS_CLUSTER = "cluster:";

  /** Stands before any address of Redis where commits wait for a replica. */
  static final String WAITING = "waiting:";

  private static final Duration COUNTING = Duration.ofMillis(100);
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private final Restante node;
  private final Journal journal;
  private final List<DeviceLife> devices = new ArrayList<>();
  private final Path journalPath;

  private ChildNode(Restante node, Journal journal, Path journalPath) {
    this.node = node;
    this.journal = journal;
    this.journalPath = journalPath;
  }

  /** The file that says that nothing new is to be said. */
  static Path stopFile(Path journal) {
    return journal.resolveSibling(journal.getFileName() + ".stop");
  }

  /** The file that says that nobody says anything any more. */
  static Path finishFile(Path journal) {
    return journal.resolveSibling(journal.getFileName() + ".finish");
  }

  static Storage storage(String where) {
    if (where.startsWith("jdbc:")) {
      return new JdbcStorageProvider()
          .create(Map.of("url", where, "user", "postgres", "poolSize", "8"));
    }
    if (where.startsWith(ROCKSDB)) {
      return RocksStorage.at(Path.of(where.substring(ROCKSDB.length())));
    }
    if (where.startsWith("mongodb:")) {
      return MongoStorage.at(where);
    }
    if (where.startsWith(WAITING)) {
      return redis(where.substring(WAITING.length())).waitingForReplicas(1, Duration.ofMillis(500));
    }
    if (where.startsWith(REDIS_CLUSTER) || where.startsWith("redis:")) {
      return redis(where);
    }
    return EmbeddedStorage.at(Path.of(where));
  }

  private static RedisStorage redis(String where) {
    return where.startsWith(REDIS_CLUSTER)
        ? RedisStorage.cluster(where.substring(REDIS_CLUSTER.length()).split(",", -1))
        : RedisStorage.at(where);
  }

  static Restante node(String where) {
    String bus = System.getProperty(BUS, "");
    // With a bus the poll is only what remains when the bus fails.
    Duration poll = bus.isEmpty() ? Duration.ofMillis(50) : Duration.ofSeconds(1);
    RestanteBuilder builder =
        Restante.builder()
            .storage(storage(where))
            .options(
                RestanteOptions.builder()
                    .storeCallTimeout(Duration.ofSeconds(2))
                    .pollInterval(poll)
                    .build());
    return (bus.isEmpty() ? builder : builder.bus(RedisBus.at(bus))).build();
  }

  public static void main(String[] arguments) throws Exception {
    start(ChildNode::outliveNobody, "parent");
    Path path = Path.of(arguments[1]);
    long seed = Long.parseLong(arguments[2]);
    Map<String, Memory> memories = Memory.read(path);
    int status;
    try (Journal journal = Journal.append(path)) {
      journal.write(Kind.START, ProcessHandle.current().pid());
      try (Restante node = node(arguments[0])) {
        ChildNode child = new ChildNode(node, journal, path);
        for (String name : Arrays.asList(arguments).subList(3, arguments.length)) {
          Memory memory = memories.computeIfAbsent(name, device -> new Memory());
          child.devices.add(
              new DeviceLife(
                  World.device(name), memory, node, journal, seed * 31 + name.hashCode()));
        }
        status = child.run();
      }
    }
    System.exit(status);
  }

  private int run() throws InterruptedException {
    waitUntil(() -> node.health().state() == Health.State.UP, Duration.ofSeconds(60));
    journal.write(Kind.UP);
    for (DeviceLife device : devices) {
      start(device, "device");
    }
    start(this::readBehind, "reader");
    waitUntil(() -> Files.exists(stopFile(journalPath)), Duration.ofMinutes(10));
    devices.forEach(DeviceLife::stop);
    if (!waitUntil(
        () -> devices.stream().allMatch(DeviceLife::isDrained), Duration.ofSeconds(30))) {
      journal.write(Kind.WRONG, "submits did not end");
      return 2;
    }
    journal.write(Kind.DRAINED);
    waitUntil(() -> Files.exists(finishFile(journalPath)), Duration.ofMinutes(1));
    for (DeviceLife device : devices) {
      device.finish(targets(device.device()));
    }
    if (!waitUntil(
        () -> devices.stream().allMatch(DeviceLife::isFinished), Duration.ofSeconds(30))) {
      journal.write(Kind.WRONG, "devices did not get everything");
      return 3;
    }
    count();
    journal.write(Kind.FINISHED);
    return 0;
  }

  /** Ends with the process that started this one: its end of the pipe is closed then. */
  static void outliveNobody() {
    try {
      while (System.in.read() >= 0) {
        // nothing is ever said
      }
    } catch (IOException e) {
      // as good as closed
    }
    Runtime.getRuntime().halt(1);
  }

  static void start(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private boolean waitUntil(BooleanSupplier condition, Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    long counted = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      if (System.nanoTime() - counted > COUNTING.toNanos()) {
        counted = System.nanoTime();
        count();
      }
      if (NEVER.await(10, MILLISECONDS)) {
        throw new AssertionError("never");
      }
    }
    return true;
  }

  /** The newest number of each conversation that must reach a device. */
  private Map<ConversationId, Long> targets(DeviceId device) {
    Map<ConversationId, Long> all = new HashMap<>();
    for (ConversationId conversation : World.conversationsOf(device.user())) {
      HistoryPage page =
          World.get(
                  node.messages()
                      .history(
                          device.user(), HistoryQuery.latest(conversation, HistoryQuery.MAX_LIMIT)))
              .orThrow();
      page.entries().stream()
          .filter(entry -> World.mustReach(device, entry))
          .findFirst()
          .ifPresent(entry -> all.put(conversation, entry.seq()));
    }
    return all;
  }

  /** Reads every conversation as it grows: nobody ever reads n + 1 before n can be read. */
  private void readBehind() {
    Map<ConversationId, Long> read = new HashMap<>();
    try {
      while (true) {
        for (ConversationId conversation : World.CONVERSATIONS.keySet()) {
          readBehind(conversation, read);
        }
        waitUntil(() -> false, Duration.ofMillis(20));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      journal.write(Kind.WRONG, "reader threw " + e);
    }
  }

  private void readBehind(ConversationId conversation, Map<ConversationId, Long> read) {
    UserId reader = World.members(conversation).iterator().next();
    long last = read.getOrDefault(conversation, -1L);
    HistoryQuery query =
        last < 0
            ? HistoryQuery.latest(conversation, 1)
            : HistoryQuery.after(conversation, last, HistoryQuery.MAX_LIMIT);
    @Nullable HistoryPage page =
        World.get(node.messages().history(reader, query)).asOptional().orElse(null);
    if (page == null) {
      return;
    }
    for (LogEntry entry : page.entries()) {
      if (last >= 0 && entry.seq() != last + 1) {
        journal.write(Kind.WRONG, "read", conversation.key(), entry.seq(), "after", last);
      }
      last = entry.seq();
    }
    read.put(conversation, Math.max(last, 0));
  }

  private void count() {
    Counters counters = node.counters();
    journal.write(
        Kind.COUNTERS,
        "accepted=" + counters.accepted(),
        "repeats=" + counters.repeats(),
        "refused=" + counters.refused(),
        "commits=" + counters.commits(),
        "conflicts=" + counters.conflicts(),
        "unknownCommits=" + counters.unknownCommits(),
        "lockedCommits=" + counters.lockedCommits(),
        "delivered=" + counters.delivered(),
        "storeReads=" + counters.storeReads(),
        "trimmedRows=" + counters.trimmedRows(),
        "lossEvents=" + counters.lossEvents());
  }
}
