package dev.restante.example.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A node as the cluster sees it: its process, and what it answered when it was asked last. One that
 * does not answer takes no more devices. Safe for use by many threads.
 */
final class Node {
  /** A node that takes longer to say that it is well is not. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(PATIENCE).version(HttpClient.Version.HTTP_1_1).build();

  private final NodeProcess process;
  private volatile boolean live;
  private volatile JsonNode health = JsonNodeFactory.instance.objectNode();
  private volatile JsonNode devices = JsonNodeFactory.instance.arrayNode();

  Node(NodeProcess process) {
    this.process = process;
  }

  NodeProcess process() {
    return process;
  }

  String name() {
    return process.name();
  }

  /** Whether it answered, when it was asked last, that it can serve. */
  boolean live() {
    return live;
  }

  /** Asks it how it is. Blocks. */
  void ask() {
    int port = process.port();
    if (port == 0) {
      live = false;
      return;
    }
    try {
      JsonNode told = get(port, "/health", PATIENCE);
      health = told;
      devices = get(port, "/devices", PATIENCE).path("devices");
      live = told.path("state").asText().equals("UP");
    } catch (IOException e) {
      live = false;
    } catch (InterruptedException e) {
      live = false;
      Thread.currentThread().interrupt();
    }
  }

  static JsonNode get(int port, String path, Duration patience)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + Settings.HOST + ":" + port + path)).build();
    // The request's own limit ends with the head of the answer; a node may stop in its body.
    CompletableFuture<HttpResponse<String>> answer =
        HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    try {
      return JSON.readTree(answer.get(patience.toMillis(), TimeUnit.MILLISECONDS).body());
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("no answer of " + request.uri(), e);
    } finally {
      // Closes the connection to a node that stands still, of which there would be more each time.
      answer.cancel(true);
    }
  }

  /** For the page: what it does, and whom it serves; nobody, if it does not answer. */
  ObjectNode describe() {
    ObjectNode told = JsonNodeFactory.instance.objectNode();
    told.put("name", name());
    told.put("state", process.state().name());
    told.put("live", live);
    told.put("accepted", live ? health.path("accepted").asLong() : 0);
    told.put("sweeps", live && health.path("leases").asLong() > 0);
    told.set("devices", live ? devices : JsonNodeFactory.instance.arrayNode());
    return told;
  }
}
