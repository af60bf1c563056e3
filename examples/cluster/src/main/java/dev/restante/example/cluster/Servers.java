package dev.restante.example.cluster;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import redis.embedded.RedisServer;

/** What the nodes share: a real PostgreSQL, which keeps the messages, and a real Redis. */
final class Servers implements AutoCloseable {
  /** Of PostgreSQL, on a machine with other work. */
  private static final Duration STARTUP = Duration.ofMinutes(1);

  private final EmbeddedPostgres postgres;
  private final RedisServer redis;
  private final int redisPort;

  private Servers(EmbeddedPostgres postgres, RedisServer redis, int redisPort) {
    this.postgres = postgres;
    this.redis = redis;
    this.redisPort = redisPort;
  }

  /**
   * Starts both.
   *
   * @throws IOException if the folder cannot be used, or a server does not start
   */
  static Servers start(Path data) throws IOException {
    Path folder = data.resolve("postgres");
    refuseIfInUse(folder);
    // What comes with the artifact trades durability for speed; this is a server's own.
    EmbeddedPostgres postgres =
        EmbeddedPostgres.builder()
            .setPGStartupWait(STARTUP)
            .setDataDirectory(folder)
            .setCleanDataDirectory(false)
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .start();
    try {
      int port = freePort();
      RedisServer redis =
          RedisServer.builder()
              .port(port)
              .setting("bind " + Settings.HOST)
              .setting("save \"\"")
              .setting("appendonly no")
              .build();
      redis.start();
      return new Servers(postgres, redis, port);
    } catch (IOException | RuntimeException e) {
      postgres.close();
      throw e;
    }
  }

  /** A cluster that was killed leaves its database running. */
  private static void refuseIfInUse(Path folder) throws IOException {
    Path pid = folder.resolve("postmaster.pid");
    if (!Files.exists(pid)) {
      return;
    }
    List<String> lines = Files.readAllLines(pid);
    boolean alive =
        !lines.isEmpty()
            && ProcessHandle.of(Long.parseLong(lines.get(0).trim()))
                .flatMap(process -> process.info().command())
                .filter(command -> command.contains("postgres"))
                .isPresent();
    if (alive) {
      throw new IOException(
          "%s is in use by PostgreSQL of another run, process %s: end that first"
              .formatted(folder, lines.get(0).trim()));
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  String postgresUrl() {
    return postgres.getJdbcUrl("postgres", "postgres");
  }

  String redisUri() {
    return "redis://" + Settings.HOST + ":" + redisPort;
  }

  @Override
  public void close() throws IOException {
    try {
      redis.stop();
    } finally {
      postgres.close();
    }
  }
}
