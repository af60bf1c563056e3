package dev.restante.crash;

import static org.awaitility.Awaitility.await;

import dev.restante.testredis.RedisProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** A real Redis that forces every commit to its append-only file. */
final class Redis implements Database {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final RedisProcess server;

  private Redis(RedisProcess server) {
    this.server = server;
  }

  static Redis start(Path folder) {
    return new Redis(RedisProcess.start(folder, RedisProcess.DURABLE));
  }

  @Override
  public String url() {
    return server.uri();
  }

  /**
   * Halts it once commits come in, and waits until nodes have sent what it will never read: for so
   * long that a commit is among that.
   */
  @Override
  public void awaitCommit() {
    long before = appends();
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).until(() -> appends() > before);
    server.signal("STOP");
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .during(Duration.ofMillis(250))
        .until(this::hasUnread);
  }

  /** How many commands that append rows were carried out. */
  private long appends() {
    return server
        .ask(commands -> commands.info("commandstats"))
        .lines()
        .filter(line -> line.startsWith("cmdstat_rpush:calls="))
        .mapToLong(line -> Long.parseLong(line.replaceFirst(".*?calls=(\\d+).*", "$1")))
        .sum();
  }

  /** Whether the system holds bytes for a connection of the server, in Linux's own table. */
  private boolean hasUnread() {
    String local = String.format(Locale.ROOT, ":%04X", server.port());
    try {
      return Files.readAllLines(Path.of("/proc/net/tcp")).stream()
          .map(line -> line.strip().split("\\s+"))
          .anyMatch(
              columns ->
                  columns[1].endsWith(local)
                      && columns[3].equals("01")
                      && !columns[4].endsWith(":00000000"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void kill() {
    server.kill();
  }

  @Override
  public void startAgain() {
    server.start();
  }

  @Override
  public void close() {
    server.close();
  }
}
