package dev.restante.example.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.restante.Health;
import dev.restante.Restante;
import dev.restante.RestanteBuilder;
import dev.restante.RestanteListener;
import dev.restante.RestanteOptions;
import dev.restante.storage.jdbc.EmbeddedStorage;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.staticfiles.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The server: Restante on a store, a WebSocket for devices, and a page. */
public final class ChatServer implements AutoCloseable {
  /**
   * How long to wait for the first news of the store: on a busy machine an opening takes its time.
   */
  private static final Duration OPENING = Duration.ofSeconds(30);

  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final Restante restante;
  private final Sockets sockets;
  private final Javalin web;

  private ChatServer(Restante restante, Sockets sockets, Javalin web) {
    this.restante = restante;
    this.sockets = sockets;
    this.web = web;
  }

  /** Runs the server on an embedded store until the process is told to stop. */
  public static void main(String[] arguments) throws InterruptedException {
    run(ChatServer::embedded, OPENING);
  }

  private static RestanteBuilder embedded(Path data) {
    return Restante.builder().storage(EmbeddedStorage.at(data.resolve("messages.db")));
  }

  /**
   * Runs the server until the process is told to stop. Servers that share a store and the file
   * {@code secret.key} are nodes of one: a device may come to any of them.
   *
   * @param on makes a builder that names the store, and perhaps more, from the folder of the data;
   *     options and listener are set here
   * @param opening how long to wait for the store before giving up
   */
  public static void run(Function<Path, RestanteBuilder> on, Duration opening)
      throws InterruptedException {
    try {
      Settings settings = Settings.fromSystemProperties();
      ChatServer server = start(settings, on, opening);
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "chat-stop"));
      System.out.println(
          "Restante chat is running on http://localhost:"
              + server.port()
              + "  (data in "
              + settings.data()
              + "; Ctrl-C stops it)");
    } catch (IOException | RuntimeException e) {
      System.err.println("Restante chat could not start: " + e.getMessage());
      System.exit(1);
    }
    new CountDownLatch(1).await();
  }

  /**
   * Starts a server.
   *
   * @throws IOException if the data folder cannot be used
   */
  static ChatServer start(Settings settings) throws IOException {
    return start(settings, ChatServer::embedded, OPENING);
  }

  private static ChatServer start(
      Settings settings, Function<Path, RestanteBuilder> on, Duration opening) throws IOException {
    Files.createDirectories(settings.data());
    Tokens tokens =
        Tokens.withSecretIn(settings.data().resolve("secret.key"), InstantSource.system());
    CompletableFuture<Health> firstHealth = new CompletableFuture<>();
    Restante restante = restante(on.apply(settings.data()), firstHealth);
    Sockets sockets = new Sockets(restante, tokens);
    try {
      awaitUp(restante, firstHealth, opening);
      Login login = new Login(restante.devices(), tokens);
      Javalin web = Javalin.create(config -> configure(config, restante, login, sockets));
      return new ChatServer(restante, sockets, web.start(settings.host(), settings.port()));
    } catch (RuntimeException | IOException e) {
      sockets.close();
      restante.close(Duration.ZERO);
      throw e;
    }
  }

  private static Restante restante(RestanteBuilder builder, CompletableFuture<Health> firstHealth) {
    return builder
        .options(RestanteOptions.builder().maxBodyBytes(Limits.TEXT_BYTES).build())
        .listener(
            new RestanteListener() {
              @Override
              public void healthChanged(Health health) {
                if (health.state() != Health.State.OPENING) {
                  firstHealth.complete(health);
                }
              }
            })
        .build();
  }

  /**
   * A server may as well start while its store is away; here somebody waits in front of a terminal,
   * and is better told.
   */
  private static void awaitUp(
      Restante restante, CompletableFuture<Health> firstHealth, Duration opening)
      throws IOException {
    Health health =
        firstHealth
            .completeOnTimeout(restante.health(), opening.toMillis(), TimeUnit.MILLISECONDS)
            .join();
    if (health.state() != Health.State.UP) {
      Health now = restante.health();
      throw new IOException("the store is " + now.state() + ": " + now.detail());
    }
  }

  private static void configure(
      JavalinConfig config, Restante restante, Login login, Sockets sockets) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.maxRequestSize = Limits.LOGIN_BYTES;
    config.jetty.modifyWebSocketServletFactory(
        factory -> {
          factory.setMaxTextMessageSize(Limits.HARD_FRAME_BYTES);
          factory.setIdleTimeout(Limits.IDLE);
        });
    config.staticFiles.add(
        files -> {
          files.directory = "/public";
          files.location = Location.CLASSPATH;
          files.headers =
              Map.of(
                  "Cache-Control", "no-cache",
                  "X-Content-Type-Options", "nosniff",
                  "Content-Security-Policy", "default-src 'self'");
        });
    config.routes.post("/login", login::handle);
    config.routes.get("/health", context -> health(context, restante));
    config.routes.get("/devices", sockets::devices);
    config.routes.ws("/socket", sockets::configure);
  }

  private static void health(Context context, Restante restante) {
    Health health = restante.health();
    ObjectNode answer =
        Json.object("health")
            .put("state", health.state().name())
            .put("detail", health.detail())
            .put("sessions", restante.counters().sessions())
            .put("accepted", restante.counters().accepted())
            .put("leases", restante.counters().leases());
    context.status(health.state() == Health.State.UP ? 200 : 503);
    context.contentType("application/json").result(answer.toString());
  }

  /** Where the server listens. */
  int port() {
    return web.port();
  }

  /** Stops: what is being written is finished first. */
  @Override
  public void close() {
    restante.close(CLOSING);
    sockets.close();
    web.stop();
  }
}
