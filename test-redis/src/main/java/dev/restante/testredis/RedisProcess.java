package dev.restante.testredis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import redis.embedded.RedisExecProvider;

/**
 * A real Redis in a process of its own, which a test may kill and start again on its folder. For
 * one thread at a time.
 */
public final class RedisProcess implements AutoCloseable {
  /** What makes a commit durable on one machine. */
  public static final List<String> DURABLE =
      List.of("--appendonly", "yes", "--appendfsync", "always");

  /** How far above a node's port the one is that other nodes of its cluster talk to. */
  private static final int CLUSTER_BUS = 10_000;

  private static final int FIRST_PORT = 11_000;

  /** Those of the other nodes of a cluster are below 32768, too. */
  private static final int LAST_PORT = 22_000;

  private static final SecureRandom RANDOM = new SecureRandom();

  /** Unpacked once: it has several megabytes. */
  private static final class Binary {
    static final File FILE = unpacked();

    private static File unpacked() {
      try {
        return RedisExecProvider.defaultProvider().get();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** One for all questions: its threads end with the JVM. */
  private static final class Asking {
    static final RedisClient CLIENT = RedisClient.create();

    static {
      CLIENT.setOptions(ClientOptions.builder().autoReconnect(false).build());
    }
  }

  private static final class Shared {
    static final RedisProcess SERVER = start(DURABLE);

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close));
    }
  }

  private final int port;
  private final Path folder;
  private final List<String> settings;
  private final List<String> file;
  private @Nullable Process process;

  private RedisProcess(int port, Path folder, List<String> settings, String... file) {
    this.file = List.of(file);
    this.port = port;
    this.folder = folder;
    this.settings = settings;
  }

  /** One for all tests that do not harm it. Each takes keys of its own. */
  public static RedisProcess shared() {
    return Shared.SERVER;
  }

  /** Starts one in a new folder, which goes when it is closed. */
  public static RedisProcess start(List<String> settings) {
    try {
      return start(Files.createTempDirectory("restante-redis"), settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts one in a folder, which goes when it is closed. */
  public static RedisProcess start(Path folder, List<String> settings) {
    try {
      RedisProcess started =
          new RedisProcess(freePort(), Files.createDirectories(folder), settings);
      started.start();
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A Sentinel that watches a master under the name {@code main}, and is soon out of patience. */
  public static RedisProcess sentinel(RedisProcess master) {
    try {
      Path folder = Files.createTempDirectory("restante-sentinel");
      Path file = folder.resolve("sentinel.conf");
      Files.writeString(
          file,
          """
          sentinel monitor main 127.0.0.1 %d 1
          sentinel down-after-milliseconds main 500
          sentinel failover-timeout main 3000
          """
              .formatted(master.port));
      RedisProcess started =
          new RedisProcess(freePort(), folder, List.of("--sentinel"), file.toString());
      started.start();
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A node of a cluster, in a folder, which goes when it is closed. It talks to others on the port
   * that is 10,000 above its own.
   */
  static RedisProcess clusterNode(Path folder, List<String> settings) {
    try {
      RedisProcess started = new RedisProcess(freePortOfTwo(), folder, settings);
      started.start();
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it again on its folder and port, after it was killed, and waits until it answers. */
  public void start() {
    launch();
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptionsInstanceOf(RedisException.class)
        .failFast("Redis does not stay: see redis.log", () -> !handle().isAlive())
        .until(() -> "PONG".equals(ask(commands -> commands.ping())));
  }

  private void launch() {
    try {
      List<String> command = new ArrayList<>();
      command.add(Binary.FILE.getAbsolutePath());
      command.addAll(file);
      command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
      command.addAll(List.of("--dir", folder.toString()));
      if (file.isEmpty()) {
        command.addAll(List.of("--save", ""));
      }
      command.addAll(settings);
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("redis.log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL, and wait until it is gone. */
  public void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      running.onExit().join();
      process = null;
    }
  }

  /** Sends a signal, such as {@code STOP} or {@code CONT}. */
  public void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(handle().pid())).start().onExit().join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The process that runs now. */
  public ProcessHandle handle() {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException("Redis does not run");
    }
    return running.toHandle();
  }

  /** Where it is, as Lettuce and {@code RedisStorage} want it. */
  public String uri() {
    return "redis://127.0.0.1:" + port;
  }

  /** The port on 127.0.0.1. */
  public int port() {
    return port;
  }

  /** Asks on a connection of its own. */
  public <T> T ask(Function<RedisCommands<String, String>, T> question) {
    RedisURI uri = RedisURI.create(uri());
    try (StatefulRedisConnection<String, String> connection =
        Asking.CLIENT.connect(StringCodec.UTF8, uri)) {
      return question.apply(connection.sync());
    }
  }

  private static int freePortOfTwo() throws IOException {
    while (true) {
      int port = freePort();
      try (ServerSocket socket = new ServerSocket(port + CLUSTER_BUS)) {
        return socket.getLocalPort() - CLUSTER_BUS;
      } catch (BindException taken) {
        // Another one, then.
      }
    }
  }

  /** The version of the server, such as 7.0.15. */
  public String version() {
    return ask(commands -> commands.info("server"))
        .lines()
        .filter(line -> line.startsWith("redis_version:"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElseThrow();
  }

  /**
   * One that the system gives to no connection that others make meanwhile, or while this server is
   * killed: usually it takes theirs from 32768 on.
   */
  private static int freePort() throws IOException {
    while (true) {
      try (ServerSocket socket = new ServerSocket(RANDOM.nextInt(FIRST_PORT, LAST_PORT))) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        // Another one, then.
      }
    }
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
