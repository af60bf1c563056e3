package dev.restante.example.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** A cluster for all tests of this module: it takes seconds to start. */
final class Running {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static final class Holder {
    static final Cluster CLUSTER = start();

    private static Cluster start() {
      try {
        Path folder = Files.createDirectories(Path.of("target", "cluster").toAbsolutePath());
        String run = Long.toHexString(ThreadLocalRandom.current().nextLong());
        Cluster started = Cluster.start(new Settings(0, 0, folder.resolve(run)));
        Runtime.getRuntime().addShutdownHook(new Thread(started::close));
        return started;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private Running() {}

  static Cluster cluster() {
    return Holder.CLUSTER;
  }

  /** What the control page is told of the nodes. */
  static JsonNode nodes() throws Exception {
    HttpRequest request = HttpRequest.newBuilder(control("/nodes")).build();
    String body = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
    return JSON.readTree(body).path("nodes");
  }

  /** Does to a node what its button does. */
  static void act(String node, String action) throws Exception {
    HttpResponse<String> answer = post(node, action, "application/json");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  /** Whatever a test did to the nodes, the next one has them all. */
  static void heal() throws Exception {
    for (JsonNode node : nodes()) {
      act(node.path("name").asText(), "go-on");
      act(node.path("name").asText(), "start");
    }
    awaitAllLive();
  }

  static HttpResponse<String> post(String node, String action, String type) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(control("/nodes/" + node + "/" + action))
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static URI control(String path) {
    return URI.create("http://127.0.0.1:" + cluster().controlPort() + path);
  }

  /** The node that says that it serves the phone. */
  static Optional<String> nodeOf(String user) throws Exception {
    List<String> serving = new ArrayList<>();
    for (JsonNode node : nodes()) {
      for (JsonNode device : node.path("devices")) {
        if (device.path("user").asText().equals(user)) {
          serving.add(node.path("name").asText());
        }
      }
    }
    return serving.size() == 1 ? Optional.of(serving.get(0)) : Optional.empty();
  }

  static void awaitAllLive() {
    await("all nodes to be up")
        .atMost(PATIENCE)
        .until(
            () -> {
              boolean all = true;
              for (JsonNode node : nodes()) {
                all &= node.path("live").asBoolean() && node.path("state").asText().equals("UP");
              }
              return all;
            });
  }
}
