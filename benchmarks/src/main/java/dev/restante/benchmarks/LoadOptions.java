package dev.restante.benchmarks;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the command line asks for. */
final class LoadOptions {
  static final String USAGE =
      """
      usage: benchmarks/load --store memory|embedded|rocksdb|redis|redis-cluster|mongo|
                                     postgresql|mariadb
                             --scenario submit|drain|groups|cluster --seconds N
        --seconds N         seconds measured of each variant, over all rounds (default 15)
        --warm-up N         seconds of the round of each variant that does not count (default 10)
        --rounds N          interleaved rounds (default 5, more for more than 15 seconds)
        --conversations N   direct conversations (default 50000; mongo in memory 100)
        --preload N         messages in log, inbox and dedup window beforehand
                            (default 1000000; memory 200000; mongo in memory 200)
        --outstanding N     submits under way at once (default 20000; mongo in memory 50)
        --producers N       threads that submit (default 2)
        --writers N         commits under way at once, in the library and by hand
                            (default 2; embedded and rocksdb by hand always 1)
        --raw-batch N       messages a commit by hand (default 500)
        --raw-style S       how rows written by hand get there: copy (default) or unnest
                            on PostgreSQL, bulk (default) or rows on MariaDB,
                            script (default) or bare on Redis
        --members N         groups: users who were away in each group (default 100); 0: each was
                            written to in conversations of his own, as for drain
        --sessions N        drain, groups: devices that catch up at once (default 200)
        --backlog N         drain, groups: entries that wait for each user (default 500)
        --readers N         drain: threads that read by hand (default 4)
        --dir PATH          where the database lives (default: benchmarks/target)
        --profile cpu|alloc profile the library's rounds with async-profiler
      """;

  enum StoreName {
    MEMORY,
    EMBEDDED,
    ROCKSDB,
    REDIS,
    REDIS_CLUSTER,
    MONGO,
    POSTGRESQL,
    MARIADB;

    /** The stores that have no scenario but submit. */
    private static final Set<StoreName> SUBMIT_ONLY = EnumSet.of(ROCKSDB, REDIS_CLUSTER, MONGO);

    String text() {
      return LoadOptions.text(this);
    }
  }

  enum Scenario {
    SUBMIT,
    DRAIN,
    GROUPS,
    CLUSTER;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  enum RawStyle {
    COPY,
    UNNEST,
    BULK,
    ROWS,
    SCRIPT,
    BARE
  }

  private static final double USUAL_ROUND_SECONDS = 3;
  private static final int LEAST_ROUNDS = 5;
  private static final int MOST_ROUNDS = 15;

  @Nullable StoreName store;
  @Nullable Scenario scenario;
  double seconds = 15;
  double warmUp = 10;
  int rounds;
  int conversations;
  int preload = -1;
  int outstanding;
  int producers = 2;
  int writers = 2;
  int rawBatch = 500;
  @Nullable RawStyle rawStyle;
  int members = 100;
  int sessions = 200;
  int backlog = 500;
  int readers = 4;
  Path dir = Path.of("target");
  @Nullable String profile;

  private LoadOptions() {}

  /**
   * @throws IllegalArgumentException if something is unknown, missing or malformed
   */
  static LoadOptions parse(String... arguments) {
    LoadOptions options = new LoadOptions();
    Deque<String> rest = new ArrayDeque<>(Arrays.asList(arguments));
    while (!rest.isEmpty()) {
      String name = rest.pop();
      if (rest.isEmpty()) {
        throw new IllegalArgumentException(name + " needs a value");
      }
      options.set(name, rest.pop());
    }
    options.complete();
    return options;
  }

  StoreName store() {
    if (store == null) {
      throw new IllegalArgumentException("--store is missing");
    }
    return store;
  }

  Scenario scenario() {
    if (scenario == null) {
      throw new IllegalArgumentException("--scenario is missing");
    }
    return scenario;
  }

  RawStyle rawStyle() {
    return rawStyle == null ? stylesOf(store()).get(0) : rawStyle;
  }

  /** The first is the default. */
  private static List<RawStyle> stylesOf(StoreName store) {
    return switch (store) {
      case REDIS -> List.of(RawStyle.SCRIPT, RawStyle.BARE);
      case REDIS_CLUSTER -> List.of(RawStyle.BARE);
      case MARIADB -> List.of(RawStyle.BULK, RawStyle.ROWS);
      default -> List.of(RawStyle.COPY, RawStyle.UNNEST);
    };
  }

  double roundSeconds() {
    return seconds / rounds;
  }

  private void set(String name, String value) {
    switch (name) {
      case "--store" -> store = constant(StoreName.class, name, value);
      case "--scenario" -> scenario = constant(Scenario.class, name, value);
      case "--seconds" -> seconds = positive(name, value);
      case "--warm-up" -> warmUp = positive(name, value);
      case "--rounds" -> rounds = (int) positive(name, value);
      case "--conversations" -> conversations = (int) positive(name, value);
      case "--preload" -> preload = Integer.parseInt(value);
      case "--outstanding" -> outstanding = (int) positive(name, value);
      case "--producers" -> producers = (int) positive(name, value);
      case "--writers" -> writers = (int) positive(name, value);
      case "--raw-batch" -> rawBatch = (int) positive(name, value);
      case "--raw-style" -> rawStyle = constant(RawStyle.class, name, value);
      case "--members" -> members = value.equals("0") ? 0 : (int) positive(name, value);
      case "--sessions" -> sessions = (int) positive(name, value);
      case "--backlog" -> backlog = (int) positive(name, value);
      case "--readers" -> readers = (int) positive(name, value);
      case "--dir" -> dir = Path.of(value);
      case "--profile" -> profile = profile(value);
      default -> throw new IllegalArgumentException("there is no option " + name);
    }
  }

  private void complete() {
    store();
    scenario();
    if (rounds == 0) {
      rounds = Math.max(LEAST_ROUNDS, Math.min(MOST_ROUNDS, (int) (seconds / USUAL_ROUND_SECONDS)));
    }
    // What the others are sized for takes hours there.
    boolean slow = store() == StoreName.MONGO && MongoDeployment.isInMemory();
    if (conversations == 0) {
      conversations = slow ? 100 : 50_000;
    }
    if (outstanding == 0) {
      outstanding = slow ? 50 : 20_000;
    }
    if (preload < 0) {
      preload = slow ? 200 : store == StoreName.MEMORY ? 200_000 : 1_000_000;
    }
    if (StoreName.SUBMIT_ONLY.contains(store()) && scenario == Scenario.DRAIN) {
      throw new IllegalArgumentException(store().text() + " has no scenario drain yet");
    }
    if (scenario == Scenario.GROUPS && store != StoreName.POSTGRESQL) {
      throw new IllegalArgumentException(
          "--scenario groups is for postgresql, not " + store().text());
    }
    if (scenario == Scenario.CLUSTER) {
      if (store != StoreName.POSTGRESQL && store != StoreName.MARIADB) {
        throw new IllegalArgumentException(
            "--scenario cluster is for postgresql and mariadb, not " + store().text());
      }
      if (producers % 2 != 0) {
        throw new IllegalArgumentException(
            "--producers must be even for two nodes, is " + producers);
      }
    }
    if (rawStyle != null && !stylesOf(store()).contains(rawStyle)) {
      throw new IllegalArgumentException(
          "--raw-style on %s is one of %s, not %s"
              .formatted(store().text(), stylesOf(store()), rawStyle));
    }
    if (conversations < 10) {
      throw new IllegalArgumentException("--conversations must be 10 or more");
    }
  }

  private static String profile(String value) {
    if (!value.equals("cpu") && !value.equals("alloc")) {
      throw new IllegalArgumentException("--profile is cpu or alloc, not " + value);
    }
    return value;
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String name, String value) {
    for (E each : type.getEnumConstants()) {
      if (text(each).equalsIgnoreCase(value)) {
        return each;
      }
    }
    throw new IllegalArgumentException(
        "%s is one of %s, not %s"
            .formatted(
                name,
                Arrays.stream(type.getEnumConstants()).map(LoadOptions::text).toList(),
                value));
  }

  private static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static double positive(String name, String value) {
    double number = Double.parseDouble(value);
    if (!(number > 0)) {
      throw new IllegalArgumentException(name + " must be positive, is " + value);
    }
    return number;
  }
}
