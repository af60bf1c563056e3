package dev.restante.benchmarks;

import dev.restante.Restante;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.rocksdb.RocksStorage;
import java.nio.file.Path;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Submits to acknowledgements, against the same rows written by hand. */
final class SubmitScenario {
  private static final double PACE = 0.5;

  private SubmitScenario() {}

  static String onMemory(LoadOptions options, Progress progress) throws Exception {
    Population population = new Population(options.conversations);
    Nodes nodes = new MemoryNodes(population, Load.nodeOptions(options), options.preload);
    try (LibrarySubmit library =
            new LibrarySubmit(nodes, population, options.producers, options.outstanding);
        RawMemorySubmit raw =
            new RawMemorySubmit("by hand", population, false, options.rawBatch, options.preload);
        RawMemorySubmit rawLog =
            new RawMemorySubmit(
                "log by hand", population, true, options.rawBatch, options.preload)) {
      return compare(options, progress, library, raw, rawLog);
    }
  }

  /** Three folders, so that what one writes is not compacted with what another wrote. */
  static String onRocks(LoadOptions options, Progress progress) throws Exception {
    Population population = new Population(options.conversations);
    Path folder = RocksWriter.emptied(options.dir.toAbsolutePath().resolve("load-rocksdb"));
    RocksStorage storage = RocksStorage.at(folder.resolve("library"));
    long began = System.nanoTime();
    try (Store store = storage.open(MemoryNodes.CONTEXT)) {
      new MemoryStreams(population).preload(store, options.preload);
    }
    RocksWriter all = RocksWriter.open(folder.resolve("raw"));
    RocksWriter logs = RocksWriter.open(folder.resolve("rawlog"));
    Streams allStreams = Streams.preloaded(all, population, options.preload, false);
    Streams logStreams = Streams.preloaded(logs, population, options.preload, true);
    progress.say(
        "%,d messages preloaded in each folder after %.1f s",
        options.preload, (System.nanoTime() - began) / 1e9);
    int batch = options.rawBatch;
    try (Restante node =
            Restante.builder().storage(storage).options(Load.nodeOptions(options).build()).build();
        LibrarySubmit library =
            new LibrarySubmit(() -> node, population, options.producers, options.outstanding);
        RawSubmit raw =
            new RawSubmit("by hand", population, allStreams, false, 1, batch, () -> all);
        RawSubmit rawLog =
            new RawSubmit("log by hand", population, logStreams, true, 1, batch, () -> logs)) {
      population.register(node);
      population.touch(node, 5);
      progress.say("%,d devices registered, every conversation begun", population.users());
      return compare(options, progress, library, raw, rawLog);
    }
  }

  static String onRedis(RedisServer server, LoadOptions options, Progress progress)
      throws Exception {
    Population population = new Population(options.conversations);
    RedisKeys all = new RedisKeys("raw:", population);
    RedisKeys logs = new RedisKeys("rawlog:", population);
    boolean bare = options.rawStyle() == LoadOptions.RawStyle.BARE;
    return onServer(
        population,
        server.storage(),
        () -> server.writer(all, bare),
        () -> server.writer(logs, bare),
        options,
        progress);
  }

  static String onRedisCluster(RedisClusterServer cluster, LoadOptions options, Progress progress)
      throws Exception {
    Population population = new Population(options.conversations);
    RedisKeys all = new RedisKeys("raw:", population);
    RedisKeys logs = new RedisKeys("rawlog:", population);
    return onServer(
        population,
        cluster.storage(),
        () -> cluster.writer(all),
        () -> cluster.writer(logs),
        options,
        progress);
  }

  static String onMongo(MongoDeployment mongo, LoadOptions options, Progress progress)
      throws Exception {
    Population population = new Population(options.conversations);
    return onServer(
        population,
        mongo.storage(),
        () -> mongo.writer("raw", population),
        () -> mongo.writer("rawlog", population),
        options,
        progress);
  }

  /** One server, and three beginnings of names: of the library, all by hand, logs by hand. */
  private static String onServer(
      Population population,
      Storage storage,
      RawSubmit.Writers all,
      RawSubmit.Writers logs,
      LoadOptions options,
      Progress progress)
      throws Exception {
    long began = System.nanoTime();
    try (Store store = storage.open(MemoryNodes.CONTEXT)) {
      new MemoryStreams(population).preload(store, options.preload);
    }
    Streams allStreams;
    Streams logStreams;
    try (RowWriter allWriter = all.open();
        RowWriter logWriter = logs.open()) {
      allStreams = Streams.preloaded(allWriter, population, options.preload, false);
      logStreams = Streams.preloaded(logWriter, population, options.preload, true);
    }
    progress.say(
        "%,d messages preloaded under each of three prefixes after %.1f s",
        options.preload, (System.nanoTime() - began) / 1e9);
    int writers = options.writers;
    int batch = options.rawBatch;
    try (Restante node =
            Restante.builder().storage(storage).options(Load.nodeOptions(options).build()).build();
        LibrarySubmit library =
            new LibrarySubmit(() -> node, population, options.producers, options.outstanding);
        RawSubmit raw =
            new RawSubmit("by hand", population, allStreams, false, writers, batch, all);
        RawSubmit rawLog =
            new RawSubmit("log by hand", population, logStreams, true, writers, batch, logs)) {
      population.register(node);
      population.touch(node, 5);
      progress.say("%,d devices registered, every conversation begun", population.users());
      return compare(options, progress, library, raw, rawLog);
    }
  }

  static String on(Database database, LoadOptions options, Progress progress) throws Exception {
    Population population = new Population(options.conversations);
    Preload preload = new Preload(database, population, progress);
    RowShape shape = preload.learn();
    preload.run(shape, options.preload, List.of(Database.RAW, Database.RAW_LOG));
    boolean embedded = options.store() == LoadOptions.StoreName.EMBEDDED;
    int writers = embedded ? 1 : options.writers;
    try (Restante node =
            Restante.builder()
                .storage(database.storage())
                .options(Load.nodeOptions(options).build())
                .build();
        LibrarySubmit library =
            new LibrarySubmit(
                Nodes.settled(node, database), population, options.producers, options.outstanding);
        RawSubmit raw =
            new RawSubmit(
                "by hand",
                population,
                preload.streams().copy(),
                false,
                writers,
                options.rawBatch,
                () -> writer(database, options, Database.RAW, shape));
        RawSubmit rawLog =
            new RawSubmit(
                "log by hand",
                population,
                preload.streams().copy(),
                true,
                writers,
                options.rawBatch,
                () -> writer(database, options, Database.RAW_LOG, shape))) {
      population.register(node);
      population.touch(node, 5);
      progress.say("%,d devices registered, every conversation begun", population.users());
      return compare(
          options, progress, library, new Settled(raw, database), new Settled(rawLog, database));
    }
  }

  private static RowWriter writer(
      Database database, LoadOptions options, String prefix, RowShape shape) throws Exception {
    if (options.rawStyle() == LoadOptions.RawStyle.UNNEST
        && database instanceof PostgresDatabase postgres) {
      return postgres.unnestWriter(prefix, shape);
    }
    if (options.rawStyle() == LoadOptions.RawStyle.ROWS
        && database instanceof MariadbDatabase mariadb) {
      return mariadb.rowsWriter(prefix, shape);
    }
    return database.writer(prefix, shape);
  }

  private static String compare(
      LoadOptions options, Progress progress, LibrarySubmit library, Variant raw, Variant rawLog)
      throws Exception {
    Comparison comparison = new Comparison(List.of(library, raw, rawLog), progress);
    Report report = new Report(options, library, library::latencies);
    comparison.run(options.warmUp, options.rounds, options.roundSeconds(), report);
    double pace = PACE * comparison.median(library, Round::perSecond);
    progress.say("open loop at %,.0f/s", pace);
    library.prepare(options.roundSeconds());
    Histogram paced;
    try {
      paced = library.paced(pace, Math.max(2, options.roundSeconds()));
    } finally {
      library.finish();
    }
    return report
        .line(comparison, raw, rawLog)
        .number("p50_us_at_half", "%d", paced.getValueAtPercentile(50))
        .number("p99_us_at_half", "%d", paced.getValueAtPercentile(99))
        .number("outstanding", "%d", options.outstanding)
        .number("conversations", "%d", options.conversations)
        .number("preloaded", "%d", options.preload)
        .toString();
  }
}
