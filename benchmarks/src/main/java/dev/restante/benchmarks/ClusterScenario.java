package dev.restante.benchmarks;

import dev.restante.Restante;
import dev.restante.RestanteOptions;
import java.util.List;

/** Submits to two nodes that share every conversation, against the same to one node alone. */
final class ClusterScenario {
  private ClusterScenario() {}

  static String on(ServerDatabase database, LoadOptions options, Progress progress)
      throws Exception {
    Population population = new Population(options.conversations);
    Preload preload = new Preload(database, population, progress);
    preload.run(preload.learn(), options.preload, List.of());
    RestanteOptions nodeOptions = Load.nodeOptions(options).build();
    ClusterNodes alone = new ClusterNodes(database, population, nodeOptions, 1);
    ClusterNodes pair = new ClusterNodes(database, population, nodeOptions, 2);
    // Before the first message: whoever has one device, known to be the sender, gets no reference.
    try (Restante node =
        Restante.builder().storage(database.storage()).options(nodeOptions).build()) {
      population.register(node);
    }
    progress.say("%,d devices registered", population.users());
    Acknowledged acknowledged = new Acknowledged();
    try (LibrarySubmit one =
            new LibrarySubmit(
                "one node",
                alone,
                population,
                options.producers,
                options.outstanding,
                acknowledged::note);
        LibrarySubmit two =
            new LibrarySubmit(
                "two nodes",
                pair,
                population,
                options.producers,
                options.outstanding,
                acknowledged::note)) {
      Comparison comparison = new Comparison(List.of(one, two), progress);
      Report report = new Report(options, two, two::latencies);
      comparison.run(options.warmUp, options.rounds, options.roundSeconds(), report);
      long others = options.preload + alone.touched() + pair.touched();
      acknowledged.check(database, population, others);
      progress.say(
          "all %,d acknowledged messages are there once, logs and inboxes have no holes",
          acknowledged.count());
      return report
          .line(comparison, one, "one_node")
          .number("commits", "%d", pair.commits())
          .number("conflicts", "%d", pair.conflicts())
          .number("locked_commits", "%d", pair.locked())
          .number("acknowledged", "%d", acknowledged.count())
          .number("outstanding", "%d", options.outstanding)
          .number("conversations", "%d", options.conversations)
          .number("preloaded", "%d", options.preload)
          .toString();
    }
  }
}
