package dev.restante.benchmarks;

import dev.restante.Restante;
import dev.restante.storage.Store;
import dev.restante.storage.redis.RedisStorage;
import java.util.List;

/** Users who were away catch up, against the same reads and writes by hand. */
final class DrainScenario {
  private DrainScenario() {}

  static String onMemory(LoadOptions options, Progress progress) throws Exception {
    Population population = new Population(options.conversations);
    Nodes nodes = new MemoryNodes(population, Load.nodeOptions(options), options.preload);
    try (MemoryBacklogs access = new MemoryBacklogs(population)) {
      return compare(options, progress, population, nodes, access);
    }
  }

  static String onRedis(RedisServer server, LoadOptions options, Progress progress)
      throws Exception {
    Population population = new Population(options.conversations);
    RedisStorage storage = server.storage();
    try (Store store = storage.open(MemoryNodes.CONTEXT)) {
      new MemoryStreams(population).preload(store, options.preload);
    }
    RedisKeys keys = new RedisKeys("raw:", population);
    try (RedisWriter writer = server.writer(keys, false)) {
      Streams.preloaded(writer, population, options.preload, false);
    }
    try (Restante node =
            Restante.builder().storage(storage).options(Load.nodeOptions(options).build()).build();
        RedisBacklogs access = new RedisBacklogs(server, population, keys)) {
      population.register(node);
      progress.say("%,d devices registered", population.users());
      return compare(options, progress, population, () -> node, access);
    }
  }

  static String on(Database database, LoadOptions options, Progress progress) throws Exception {
    Population population = new Population(options.conversations);
    Preload preload = new Preload(database, population, progress);
    RowShape shape = preload.learn();
    preload.run(shape, options.preload, List.of(Database.RAW));
    try (Restante node =
            Restante.builder()
                .storage(database.storage())
                .options(Load.nodeOptions(options).build())
                .build();
        SqlBacklogs access = new SqlBacklogs(database, population, shape)) {
      population.register(node);
      progress.say("%,d devices registered", population.users());
      return compare(options, progress, population, Nodes.settled(node, database), access);
    }
  }

  private static String compare(
      LoadOptions options,
      Progress progress,
      Population population,
      Nodes nodes,
      BacklogAccess access)
      throws Exception {
    Sizing sizing = new Sizing(options.backlog, options.sessions);
    LibraryDrain library =
        new LibraryDrain("library", nodes, population, sizing, options.sessions, 0, progress);
    try (RawDrain raw = new RawDrain(access, sizing, options.readers);
        RawLogDrain rawLog = new RawLogDrain(access, raw, sizing, options.readers)) {
      Comparison comparison = new Comparison(List.of(library, raw, rawLog), progress);
      Report report = new Report(options, library, library::latencies);
      comparison.run(options.warmUp, options.rounds, options.roundSeconds(), report);
      return report
          .line(comparison, raw, rawLog)
          .number("sessions", "%d", options.sessions)
          .number("backlog", "%d", options.backlog)
          .number("readers", "%d", options.readers)
          .number("preloaded", "%d", options.preload)
          .toString();
    }
  }
}
