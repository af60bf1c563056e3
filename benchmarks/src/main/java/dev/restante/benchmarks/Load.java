package dev.restante.benchmarks;

import dev.restante.RestanteOptions;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The load harness: see {@code docs/benchmarks.md}. */
public final class Load {
  private Load() {}

  /** Runs what the arguments ask for, and prints one line of JSON. */
  public static void main(String[] arguments) throws Exception {
    LoadOptions options;
    try {
      options = LoadOptions.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(LoadOptions.USAGE);
      System.exit(2);
      return;
    }
    // Libraries that print would spoil the line of JSON.
    PrintStream out = System.out;
    System.setOut(System.err);
    out.println(run(options));
    System.exit(0);
  }

  /** Runs a whole comparison. */
  static String run(LoadOptions options) throws Exception {
    Progress progress = new Progress(System.err);
    Files.createDirectories(options.dir);
    if (options.store() == LoadOptions.StoreName.MEMORY) {
      return options.scenario() == LoadOptions.Scenario.SUBMIT
          ? SubmitScenario.onMemory(options, progress)
          : DrainScenario.onMemory(options, progress);
    }
    if (options.store() == LoadOptions.StoreName.ROCKSDB) {
      return SubmitScenario.onRocks(options, progress);
    }
    if (options.store() == LoadOptions.StoreName.REDIS) {
      try (RedisServer server =
          new RedisServer(options.dir.toAbsolutePath().resolve("load-redis"))) {
        progress.say("Redis: %s", server.settings());
        return options.scenario() == LoadOptions.Scenario.SUBMIT
            ? SubmitScenario.onRedis(server, options, progress)
            : DrainScenario.onRedis(server, options, progress);
      }
    }
    if (options.store() == LoadOptions.StoreName.REDIS_CLUSTER) {
      try (RedisClusterServer cluster =
          new RedisClusterServer(options.dir.toAbsolutePath().resolve("load-redis-cluster"))) {
        progress.say("Redis Cluster of 3 masters: %s", cluster.settings());
        return SubmitScenario.onRedisCluster(cluster, options, progress);
      }
    }
    if (options.store() == LoadOptions.StoreName.MONGO) {
      try (MongoDeployment mongo = new MongoDeployment()) {
        progress.say("MongoDB: %s", mongo.settings());
        return SubmitScenario.onMongo(mongo, options, progress);
      }
    }
    try (Database database = open(options, progress)) {
      String line =
          switch (options.scenario()) {
            case SUBMIT -> SubmitScenario.on(database, options, progress);
            case DRAIN -> DrainScenario.on(database, options, progress);
            case GROUPS -> GroupsScenario.on((ServerDatabase) database, options, progress);
            case CLUSTER -> ClusterScenario.on((ServerDatabase) database, options, progress);
          };
      if (options.profile != null && database instanceof PostgresDatabase postgres) {
        postgres.printStatistics(System.err);
      }
      return line;
    }
  }

  private static Database open(LoadOptions options, Progress progress) throws Exception {
    Path directory = options.dir.toAbsolutePath();
    if (options.store() == LoadOptions.StoreName.EMBEDDED) {
      progress.say("SQLite: %s", SqliteDatabase.settings());
      return new SqliteDatabase(directory);
    }
    if (options.store() == LoadOptions.StoreName.MARIADB) {
      MariadbDatabase database = new MariadbDatabase(directory);
      progress.say("MariaDB: %s", database.settings());
      return database;
    }
    PostgresDatabase database = new PostgresDatabase(directory, options.profile != null);
    progress.say("PostgreSQL: %s", database.settings());
    return database;
  }

  static RestanteOptions.Builder nodeOptions(LoadOptions options) {
    return RestanteOptions.builder().writers(options.writers);
  }
}
