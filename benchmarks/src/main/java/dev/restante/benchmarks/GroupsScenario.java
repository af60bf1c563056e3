package dev.restante.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.restante.Counters;
import dev.restante.Restante;
import dev.restante.RestanteOptions;
import dev.restante.storage.jdbc.JdbcStorage;
import java.util.List;

/**
 * Members of groups who were away catch up: each reads what the others read, too. A node that
 * remembers messages against one that does not, on the same database.
 */
final class GroupsScenario {
  private GroupsScenario() {}

  static String on(ServerDatabase database, LoadOptions options, Progress progress)
      throws Exception {
    Population population = new Population(options.conversations);
    Preload preload = new Preload(database, population, progress);
    preload.run(preload.learn(), options.preload, List.of());
    RestanteOptions nodeOptions = Load.nodeOptions(options).build();
    try (HikariDataSource one = database.newPool();
        HikariDataSource other = database.newPool();
        Restante with =
            Restante.builder().storage(JdbcStorage.on(one)).options(nodeOptions).build();
        Restante without =
            Restante.builder()
                .storage(JdbcStorage.on(other).withCachedMessageBytes(0))
                .options(nodeOptions)
                .build()) {
      population.register(with);
      Population.awaitUp(without);
      Sizing sizing = new Sizing(options.backlog, options.sessions);
      LibraryDrain library = drain("with", with, database, population, sizing, options, progress);
      LibraryDrain forgetful =
          drain("without", without, database, population, sizing, options, progress);
      Comparison comparison = new Comparison(List.of(library, forgetful), progress);
      Report report = new Report(options, library, library::latencies);
      comparison.run(options.warmUp, options.rounds, options.roundSeconds(), report);
      Counters counters = with.counters();
      return report
          .line(comparison, forgetful, "without")
          .number("members", "%d", options.members)
          .number("hits", "%d", counters.messageCacheHits())
          .number("misses", "%d", counters.messageCacheMisses())
          .number("sessions", "%d", options.sessions)
          .number("backlog", "%d", options.backlog)
          .number("preloaded", "%d", options.preload)
          .toString();
    }
  }

  private static LibraryDrain drain(
      String name,
      Restante node,
      ServerDatabase database,
      Population population,
      Sizing sizing,
      LoadOptions options,
      Progress progress) {
    return new LibraryDrain(
        name,
        Nodes.settled(node, database),
        population,
        sizing,
        options.sessions,
        options.members,
        progress);
  }
}
