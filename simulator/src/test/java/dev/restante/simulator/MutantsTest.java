package dev.restante.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.simulator.Hazard.Where;
import dev.restante.storage.memory.MemoryStorage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The simulator bites: each hazard, brought back, is caught by some story. Which one is kept in a
 * file, and tried first; where it does not catch the hazard any more, the stories are told from the
 * first on. {@code -Drestante.sim.mutant.seeds=anew} tells them from the first on for all. What was
 * found is written to {@code target/mutants.seeds}, as the file is.
 */
@Tag("O3")
class MutantsTest {
  private static final int STORIES = Integer.getInteger("restante.sim.mutant.stories", 300);
  private static final int FURTHER_STORIES = 10;
  private static final int THREADS = 2;
  private static final Path TABLE = Path.of("target", "mutants.md");
  private static final Path SEEDS = Path.of("target", "mutants.seeds");
  private static final boolean FIND_ANEW =
      System.getProperty("restante.sim.mutant.seeds", "").equals("anew");
  private static final Simulation GOOD = Simulation.of(MemoryStorage::create);

  /** A part of the name of the hazard to look at; all, if there is none. */
  private static final String ONLY = System.getProperty("restante.sim.mutant", "");

  private final Map<String, Long> knownSeeds = knownSeeds();

  /** Whether a story ends well with what a mutant is compared with, told once for all mutants. */
  private final Map<LongFunction<List<String>>, Map<Long, Boolean>> endsWell =
      new ConcurrentHashMap<>();

  /**
   * How a mutant was found.
   *
   * @param seed the story that caught it; 0 if none did
   * @param violated what it violated there
   * @param millis how long that took
   * @param mutant tells more stories with it
   */
  private record Catch(
      long seed, List<String> violated, long millis, LongFunction<List<String>> mutant) {}

  @Test
  void everyHazardIsCaughtAndEveryInvariantCatches()
      throws InterruptedException, ExecutionException, IOException {
    Map<Hazard, Catch> caught = new LinkedHashMap<>();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      Map<Hazard, Future<Catch>> looking = new LinkedHashMap<>();
      Hazard.all().stream()
          .filter(each -> each.name().contains(ONLY))
          .forEach(each -> looking.put(each, threads.submit(() -> look(each))));
      for (Map.Entry<Hazard, Future<Catch>> each : looking.entrySet()) {
        caught.put(each.getKey(), each.getValue().get());
      }
    } finally {
      threads.shutdownNow();
    }
    String table = table(caught);
    System.out.println(table);
    Files.createDirectories(TABLE.getParent());
    Files.writeString(TABLE, table);
    Files.writeString(SEEDS, seeds(caught));
    List<String> escaped = new ArrayList<>();
    Set<Invariant> idle = EnumSet.allOf(Invariant.class);
    caught.forEach(
        (hazard, how) -> {
          if (how.seed == 0) {
            escaped.add(hazard.name());
          }
          how.violated.forEach(name -> idle.remove(Invariant.valueOf(name)));
        });
    assertThat(escaped).as("mutants that no story caught").isEmpty();
    if (ONLY.isEmpty()) {
      lookFurther(caught.values(), idle);
      assertThat(idle).as("invariants that caught no mutant").isEmpty();
    }
  }

  @Test
  void thePageNamesEveryMutantOnce() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "simulator.md"));
    List<String> named =
        page.lines()
            .dropWhile(line -> !line.startsWith("| what must hold |"))
            .skip(2)
            .takeWhile(line -> line.startsWith("| "))
            .flatMap(line -> Stream.of(line.split("\\|", -1)[2].strip().split("; ", -1)))
            .toList();
    assertThat(named)
        .containsExactlyInAnyOrderElementsOf(Hazard.all().stream().map(Hazard::name).toList());
  }

  /** A first story may show less of a mutant than others do. */
  private static void lookFurther(Iterable<Catch> caught, Set<Invariant> idle) {
    for (Catch each : caught) {
      for (long more = 1; more <= FURTHER_STORIES && !idle.isEmpty(); more++) {
        each.mutant.apply(each.seed + more).forEach(name -> idle.remove(Invariant.valueOf(name)));
      }
    }
  }

  /** Finds a story that ends badly with the mutant, and well without. */
  private Catch look(Hazard hazard) {
    long began = System.nanoTime();
    LongFunction<List<String>> mutant = hazard.mutant().get();
    LongFunction<List<String>> control = hazard.control().get();
    Iterable<Long> seeds =
        () -> LongStream.concat(known(hazard), seeds(hazard).limit(STORIES)).iterator();
    for (long seed : seeds) {
      List<String> violated = mutant.apply(seed);
      if (!violated.isEmpty() && endsWell(control, seed)) {
        return new Catch(seed, violated, (System.nanoTime() - began) / 1_000_000, mutant);
      }
    }
    return new Catch(0, List.of(), (System.nanoTime() - began) / 1_000_000, mutant);
  }

  /** Those of the stories in which what the hazard needs can happen. */
  private static LongStream seeds(Hazard hazard) {
    return LongStream.iterate(1, seed -> seed + 1)
        .filter(seed -> GOOD.plan(seed).faults().containsAll(hazard.needed()));
  }

  private LongStream known(Hazard hazard) {
    Long seed = knownSeeds.get(hazard.name());
    return seed == null ? LongStream.empty() : LongStream.of(seed);
  }

  private static Map<String, Long> knownSeeds() {
    Map<String, Long> seeds = new HashMap<>();
    if (FIND_ANEW) {
      return seeds;
    }
    try (InputStream file = MutantsTest.class.getResourceAsStream("/mutants.seeds")) {
      new String(requireNonNull(file).readAllBytes(), UTF_8)
          .lines()
          .map(line -> line.split(" +", 2))
          .forEach(words -> seeds.put(words[1], Long.valueOf(words[0])));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return seeds;
  }

  private boolean endsWell(LongFunction<List<String>> control, long seed) {
    return endsWell
        .computeIfAbsent(control, any -> new ConcurrentHashMap<>())
        .computeIfAbsent(seed, any -> control.apply(seed).isEmpty());
  }

  private static String seeds(Map<Hazard, Catch> caught) {
    return caught.entrySet().stream()
        .map(each -> "%-4d %s%n".formatted(each.getValue().seed, each.getKey().name()))
        .collect(Collectors.joining());
  }

  private static String table(Map<Hazard, Catch> caught) {
    StringBuilder text = new StringBuilder();
    text.append("| hazard | broken in | caught by seed | violated | ms |\n|---|---|---|---|---|\n");
    caught.forEach(
        (hazard, how) ->
            text.append(
                "| %s | %s | %s | %s | %d |%n"
                    .formatted(
                        hazard.name(),
                        hazard.where().name().toLowerCase(Locale.ROOT),
                        how.seed == 0 ? "-" : how.seed,
                        String.join(" ", how.violated),
                        how.millis)));
    for (Where where : Where.values()) {
      long count = caught.keySet().stream().filter(each -> each.where() == where).count();
      text.append("%n%d in the %s".formatted(count, where.name().toLowerCase(Locale.ROOT)));
    }
    return text.append('\n').toString();
  }
}
