package dev.restante.example.cluster;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.staticfiles.Location;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The page about the nodes: which one serves which device, and buttons to hurt them. */
final class ControlPage implements AutoCloseable {
  private final List<Node> nodes;
  private final int chatPort;
  private final Javalin web;

  ControlPage(int port, int chatPort, List<Node> nodes) {
    this.nodes = nodes;
    this.chatPort = chatPort;
    this.web = Javalin.create(this::configure).start(Settings.HOST, port);
  }

  private void configure(JavalinConfig config) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.staticFiles.add(
        files -> {
          files.directory = "/control";
          files.location = Location.CLASSPATH;
          files.headers =
              Map.of(
                  "Cache-Control", "no-cache",
                  "X-Content-Type-Options", "nosniff",
                  "Content-Security-Policy", "default-src 'self'");
        });
    config.routes.get("/nodes", this::describe);
    config.routes.post("/nodes/{name}/{action}", this::act);
  }

  int port() {
    return web.port();
  }

  private void describe(Context context) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("chatPort", chatPort);
    ArrayNode list = answer.putArray("nodes");
    nodes.forEach(node -> list.add(node.describe()));
    context.contentType("application/json").result(answer.toString());
  }

  private void act(Context context) throws IOException {
    // a form of another site cannot send this type without the browser asking first
    if (!"application/json".equals(context.contentType())) {
      context.status(415).result("the content type must be application/json");
      return;
    }
    Node node =
        nodes.stream()
            .filter(each -> each.name().equals(context.pathParam("name")))
            .findFirst()
            .orElse(null);
    if (node == null || !act(node.process(), context.pathParam("action"))) {
      context.status(404).result("there is no such node, or nothing like that to do with it");
      return;
    }
    context.contentType("application/json").result(node.describe().toString());
  }

  private static boolean act(NodeProcess process, String action) throws IOException {
    switch (action) {
      case "kill" -> process.kill();
      case "pause" -> process.pause();
      case "go-on" -> process.goOn();
      case "start" -> process.start();
      default -> {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    web.stop();
  }
}
