package dev.restante.architecture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table in {@code docs/stores.md} says what this build's runs of the contract suite came to.
 * With {@code -Drestante.report=write} it is written anew instead of compared.
 */
final class StoresReportTest {
  private static final Path PAGE = Repository.ROOT.resolve("docs/stores.md");
  private static final String BEGIN = "<!-- what the suite found -->\n";
  private static final String END = "<!-- end -->\n";

  /** Their tests run where they are not told to stay away. */
  private static final boolean ALL_RUN =
      System.getProperty("restante.mariadb", "").isEmpty()
          && System.getProperty("restante.mongo.uri", "").isEmpty();

  @Test
  void theTableIsWhatTheRunsSaid() throws IOException {
    assumeTrue(ALL_RUN, "MariaDB was left out, or MongoDB is not the one of the page");
    String page = Files.readString(PAGE);
    assertThat(page).contains(BEGIN, END);
    String before = page.substring(0, page.indexOf(BEGIN) + BEGIN.length());
    String after = page.substring(page.indexOf(END));
    String found = before + "\n" + table(runs()) + "\n" + after;
    if (System.getProperty("restante.report", "").equals("write")) {
      Files.writeString(PAGE, found, UTF_8);
    } else {
      assertThat(page)
          .as("the page and the runs of this build; -Drestante.report=write writes it anew")
          .isEqualTo(found);
    }
  }

  @Test
  void noRunFailedARule() throws IOException {
    assertThat(runs().values())
        .allSatisfy(
            run -> {
              assertThat(run.getProperty("failed")).isEmpty();
              assertThat(words(run, "passed").size() + words(run, "aborted").size())
                  .isGreaterThan(90);
            });
  }

  /** Those that say what runs beneath; the others are doubles of tests. */
  private static Map<String, Properties> runs() throws IOException {
    Map<String, Properties> runs = new TreeMap<>();
    for (Path file : files()) {
      Properties run = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        run.load(reader);
      }
      if (!run.getProperty("engine").isEmpty()) {
        runs.put(run.getProperty("store") + " " + file.getFileName(), run);
      }
    }
    assertThat(runs).as("runs of the suite; build all modules to have them").isNotEmpty();
    return runs;
  }

  private static List<Path> files() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (Path parent : List.of(Repository.ROOT, Repository.ROOT.resolve("examples"))) {
      try (Stream<Path> modules = Files.list(parent)) {
        modules
            .map(module -> module.resolve("target/tck-reports"))
            .filter(Files::isDirectory)
            .forEach(folders::add);
      }
    }
    List<Path> files = new ArrayList<>();
    for (Path folder : folders) {
      try (Stream<Path> all = Files.list(folder)) {
        all.forEach(files::add);
      }
    }
    return files;
  }

  private static String table(Map<String, Properties> runs) {
    StringBuilder table = new StringBuilder();
    table.append(
        "| store | run on | rules kept | rules that do not apply | a commit is | several nodes |"
            + " locks | largest payload | rows in a commit |\n");
    table.append("|---|---|---|---|---|---|---|---|---|\n");
    for (Properties run : runs.values()) {
      table.append(
          "| `%s` | %s | %d | %s | `%s` | %s | %s | %s | %s |%n"
              .formatted(
                  run.getProperty("store"),
                  run.getProperty("engine"),
                  words(run, "passed").size(),
                  String.join(", ", words(run, "aborted")),
                  run.getProperty("durability"),
                  yes(run, "shared"),
                  yes(run, "locking"),
                  bytes(Long.parseLong(run.getProperty("maxPayloadBytes"))),
                  run.getProperty("maxCommitRows")));
    }
    return table.toString();
  }

  private static String bytes(long bytes) {
    return bytes % (1 << 20) == 0 ? bytes / (1 << 20) + " MiB" : bytes + " bytes";
  }

  private static String yes(Properties run, String what) {
    return run.getProperty(what).equals("true") ? "yes" : "no";
  }

  private static Set<String> words(Properties run, String what) {
    return Arrays.stream(run.getProperty(what).split(" "))
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
