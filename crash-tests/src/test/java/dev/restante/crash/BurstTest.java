package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * 50,000 messages at once meet a node with a small queue, in a process with little memory: without
 * the bound it would not survive.
 */
@Tag("M13")
final class BurstTest {
  @TempDir private static Path folder;

  @SuppressWarnings("NullAway.Init") // before all
  private static Database database;

  @SuppressWarnings("NullAway.Init") // before all
  private static Database redis;

  @BeforeAll
  static void startDatabases() {
    database = Postgres.start(folder.resolve("postgres"), Duration.ZERO);
    redis = Redis.start(folder.resolve("redis"));
  }

  @AfterAll
  static void stopDatabases() {
    database.close();
    redis.close();
  }

  /** The memory store's messages are in the same heap; its children need room for them. */
  @ParameterizedTest(name = "M13: {2} on {0}")
  @CsvSource({
    "memory,     112, conversation",
    "memory,     112, user",
    "embedded,   64,  conversation",
    "embedded,   64,  user",
    "postgresql, 64,  conversation",
    "postgresql, 64,  user",
    "redis,      64,  user"
  })
  @Tag("M2")
  @Tag("M3")
  @Tag("O8")
  void aBurstIsTakenAtTheStoresPace(String store, int megabytes, String burst) throws Exception {
    Path output = folder.resolve(store + "-" + burst + ".out");
    Process process = start(where(store, burst), megabytes, burst, output);
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("it ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    String logged = Files.readString(output);
    System.out.print("burst on " + store + ", " + logged);
    assertThat(process.exitValue()).as(logged).isZero();
    assertThat(logged).doesNotContain(" ERROR ");
  }

  private static String where(String store, String burst) {
    return switch (store) {
      case "memory" -> "memory";
      case "embedded" -> folder.resolve(burst + ".db").toString();
      case "redis" -> redis.url();
      default -> database.url();
    };
  }

  private static Process start(String where, int megabytes, String burst, Path output)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx" + megabytes + "m", "-XX:+ExitOnOutOfMemoryError"));
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.addAll(List.of("-Dorg.sqlite.tmpdir=" + folder, "-Djava.io.tmpdir=" + folder));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(BurstNode.class.getName(), where, burst));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }
}
