package dev.restante.example.chat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.restante.Restante;
import io.javalin.http.Context;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsConnectContext;
import io.javalin.websocket.WsContext;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The open sockets. */
final class Sockets implements AutoCloseable {
  private final Restante restante;
  private final Authenticator authenticator;
  private final Map<String, Connection> open = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "chat-hello");
            thread.setDaemon(true);
            return thread;
          });

  Sockets(Restante restante, Authenticator authenticator) {
    this.restante = restante;
    this.authenticator = authenticator;
  }

  void configure(WsConfig socket) {
    socket.onConnect(this::connected);
    socket.onMessage(
        context -> {
          Connection connection = open.get(context.sessionId());
          if (connection != null) {
            connection.frame(context.message());
          }
        });
    socket.onClose(this::gone);
    socket.onError(this::gone);
  }

  private void connected(WsConnectContext context) {
    Outgoing out = new Outgoing(context.session);
    if (!ours(context.header("Origin"), context.host())) {
      out.close(Closing.FOREIGN_ORIGIN);
      return;
    }
    if (open.size() >= Limits.SOCKETS) {
      out.close(Closing.TOO_MANY_SOCKETS);
      return;
    }
    Connection connection = new Connection(restante, authenticator, out);
    open.put(context.sessionId(), connection);
    context.enableAutomaticPings(Limits.PING.toSeconds(), TimeUnit.SECONDS);
    var unused =
        timer.schedule(() -> expect(connection), Limits.HELLO.toSeconds(), TimeUnit.SECONDS);
  }

  /** Only the server's own page, and programs that are no browsers, may open a socket. */
  static boolean ours(@Nullable String origin, String host) {
    return origin == null || origin.equals("http://" + host) || origin.equals("https://" + host);
  }

  private static void expect(Connection connection) {
    if (!connection.introduced()) {
      connection.close(Closing.HELLO_TOO_LATE);
    }
  }

  /** Tells who is here; a demonstration, as everything about who may ask what. */
  void devices(Context context) {
    ObjectNode answer = Json.object("devices");
    ArrayNode devices = answer.putArray("devices");
    open.values().stream()
        .flatMap(each -> each.device().stream())
        .forEach(
            each ->
                devices.addObject().put("user", each.user().value()).put("device", each.value()));
    context.contentType("application/json").result(answer.toString());
  }

  private void gone(WsContext context) {
    Connection connection = open.remove(context.sessionId());
    if (connection != null) {
      connection.socketGone();
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    open.values().forEach(each -> each.close(Closing.RESTART));
  }
}
