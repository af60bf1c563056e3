package dev.restante.example.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The chat server in a process of its own, so that it can be killed. */
final class ServerProcess implements AutoCloseable {
  private static final Pattern READY =
      Pattern.compile("Restante chat is running on http://localhost:(\\d+)  \\(data in .+\\)\\R");

  private final Process process;
  private final Path output;

  private ServerProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts a server and waits until it says that it is ready. */
  static ServerProcess start(int port, Path data, Path output) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Drestante.port=" + port,
                "-Drestante.data=" + data,
                "-cp",
                System.getProperty("java.class.path"),
                ChatServer.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    ServerProcess server = new ServerProcess(process, output);
    await("the server to be ready")
        .atMost(Duration.ofSeconds(60))
        .failFast(() -> assertThat(process.isAlive()).as(server.said()).isTrue())
        .until(() -> READY.matcher(server.said()).find());
    return server;
  }

  /** Everything that the server printed. */
  String said() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    Matcher ready = READY.matcher(said());
    if (!ready.find()) {
      throw new IllegalStateException("not ready: " + said());
    }
    return Integer.parseInt(ready.group(1));
  }

  /** Kills it with SIGKILL: it gets no chance to tidy up. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
