package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.api.DeviceId;
import dev.restante.api.Refusal.Code;
import dev.restante.crash.Journal.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A process that runs {@link ChildNode}, as its killer sees it. */
final class Child {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Set<Process> STARTED = ConcurrentHashMap.newKeySet();

  private final Process process;
  private final Journal.Tail tail;
  private final Path output;

  private Child(Process process, Journal.Tail tail, Path output) {
    this.process = process;
    this.output = output;
    this.tail = tail;
    STARTED.add(process);
  }

  static Child start(String store, Path journal, long seed, List<DeviceId> devices) {
    return start(store, "", journal, seed, devices);
  }

  /** One that has a bus, too, unless its address is empty. */
  static Child start(String store, String bus, Path journal, long seed, List<DeviceId> devices) {
    Path folder = journal.toAbsolutePath().getParent();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.addAll(List.of("-Dorg.sqlite.tmpdir=" + folder, "-Djava.io.tmpdir=" + folder));
    command.add("-D" + ChildNode.BUS + "=" + bus);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ChildNode.class.getName(), store, journal.toString(), "" + seed));
    devices.forEach(device -> command.add(World.name(device)));
    Journal.Tail tail = new Journal.Tail(journal);
    tail.next();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output(journal).toFile()));
    // One place for RocksDB's native code, instead of a new copy that each kill leaves behind.
    builder.environment().put("ROCKSDB_SHAREDLIB_DIR", String.valueOf(folder));
    try {
      return new Child(builder.start(), tail, output(journal));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the nodes of a journal write what they log. */
  static Path output(Path journal) {
    return journal.resolveSibling(journal.getFileName() + ".out");
  }

  /** Waits until it writes a line of this kind that it had not written before. */
  void awaitNew(Kind kind) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              boolean written = tail.next().stream().anyMatch(line -> line.kind() == kind);
              if (!written) {
                assertAlive();
              }
              return written;
            });
  }

  /** Whether it wrote, since it was asked last, that a submit was refused so. */
  boolean hasRefused(Code code) {
    return tail.next().stream()
        .anyMatch(line -> line.kind() == Kind.REFUSED && line.word(3).equals(code.name()));
  }

  /** Forgets what it wrote so far. */
  void skip() {
    tail.next();
  }

  void run(long millis) {
    try {
      assertThat(process.waitFor(millis, TimeUnit.MILLISECONDS))
          .as("the node ended by itself")
          .isFalse();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  void assertAlive() {
    assertThat(process.isAlive()).as(() -> "the node lives; logged last: " + logged()).isTrue();
  }

  /** The last lines that the nodes logged. */
  private String logged() {
    try {
      List<String> lines = Files.readAllLines(output);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return "nothing readable: " + e;
    }
  }

  /** Ends whatever a test that failed left behind. */
  static void killAll() {
    STARTED.forEach(Process::destroyForcibly);
    STARTED.clear();
  }

  /** SIGSTOP: it stands still, and does not know it. */
  void halt() {
    signal("-STOP");
  }

  /** SIGCONT. */
  void goOn() {
    signal("-CONT");
  }

  private void signal(String name) {
    try {
      assertThat(new ProcessBuilder("kill", name, Long.toString(process.pid())).start().waitFor())
          .isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  int awaitEnd() {
    try {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .as("the node ended")
          .isTrue();
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
