package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A real PostgreSQL that is killed and started again on the same folder and port. */
final class Postgres implements Database {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Path folder;
  private final Duration commitDelay;
  private EmbeddedPostgres server;
  private final int port;

  private Postgres(Path folder, Duration commitDelay, EmbeddedPostgres server) {
    this.folder = folder;
    this.commitDelay = commitDelay;
    this.server = server;
    this.port = server.getPort();
  }

  /**
   * Begins one.
   *
   * @param commitDelay how long a commit takes at least: with a slow disk a kill meets one more
   *     often
   */
  static Postgres start(Path folder, Duration commitDelay) {
    return new Postgres(folder, commitDelay, server(folder, 0, commitDelay));
  }

  /** The builder's own defaults trade durability for speed; these are a server's. */
  private static EmbeddedPostgres server(Path folder, int port, Duration commitDelay) {
    try {
      EmbeddedPostgres.Builder builder =
          EmbeddedPostgres.builder()
              .setPGStartupWait(PATIENCE)
              .setDataDirectory(folder)
              .setCleanDataDirectory(false)
              .setServerConfig("fsync", "on")
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("full_page_writes", "on")
              .setServerConfig("commit_delay", Long.toString(commitDelay.toNanos() / 1000))
              .setServerConfig("commit_siblings", "0");
      return (port == 0 ? builder : builder.setPort(port)).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String url() {
    return url("postgres");
  }

  String url(String name) {
    return "jdbc:postgresql://localhost:" + port + "/" + name;
  }

  /**
   * Kills the server with all its processes at once, as a power failure would: they are halted
   * first, so that none sees another one die and answers to that.
   */
  @Override
  public void kill() {
    try {
      String pid = Files.readAllLines(folder.resolve("postmaster.pid")).get(0).trim();
      ProcessHandle postmaster = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
      List<ProcessHandle> all = postmaster.descendants().collect(Collectors.toList());
      all.add(0, postmaster);
      signal("-STOP", all);
      signal("-KILL", all);
      for (ProcessHandle each : all) {
        each.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(each.isAlive()).isFalse();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Waits until messages are being committed. */
  @Override
  public void awaitCommit() {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        PreparedStatement commits =
            connection.prepareStatement(
                """
                SELECT 1 FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
                WHERE a.state = 'active' AND a.query = 'COMMIT'
                  AND l.relation = 'restante_log'::regclass AND l.mode = 'RowExclusiveLock'""")) {
      await()
          .atMost(PATIENCE)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                try (ResultSet found = commits.executeQuery()) {
                  return found.next();
                }
              });
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static void signal(String name, List<ProcessHandle> processes)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", name));
    processes.forEach(process -> command.add(Long.toString(process.pid())));
    new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  /** Starts it after it was killed. */
  @Override
  public void startAgain() {
    close();
    server = server(folder, port, commitDelay);
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
