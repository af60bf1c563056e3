package dev.restante.example.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A device for tests, on the JDK's WebSocket client. It keeps log entries by conversation. */
final class TestDevice implements AutoCloseable {
  static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Texts by number, as the page keeps them. */
  final TreeMap<Long, String> texts = new TreeMap<>();

  private final BlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closeCode = new CompletableFuture<>();
  private final WebSocket socket;

  private TestDevice(int port, boolean reads, @Nullable String origin) {
    WebSocket.Builder builder = HTTP.newWebSocketBuilder();
    if (origin != null) {
      builder.header("Origin", origin);
    }
    socket =
        builder
            .buildAsync(URI.create("ws://127.0.0.1:" + port + "/socket"), new Listener(reads))
            .join();
  }

  /** A socket that has not said anything. */
  static TestDevice silent(int port) {
    return new TestDevice(port, true, null);
  }

  static TestDevice fromOrigin(int port, String origin) {
    return new TestDevice(port, true, origin);
  }

  /** Logged in, connected and caught up. */
  static TestDevice online(int port, String user, String device) throws Exception {
    TestDevice socket = silent(port);
    socket.hello(user, device, login(port, user, device));
    socket.awaitType("caught-up");
    return socket;
  }

  /** Logged in; never reads. */
  static TestDevice deaf(int port, String user, String device) throws Exception {
    TestDevice socket = new TestDevice(port, false, null);
    socket.hello(user, device, login(port, user, device));
    return socket;
  }

  static String login(int port, String user, String device) throws Exception {
    ObjectNode body = JSON.createObjectNode().put("user", user).put("device", device);
    HttpResponse<String> answer = post(port, body.toString(), "application/json");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body()).path("token").asText();
  }

  static HttpResponse<String> post(int port, String body, String type) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/login"))
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
  }

  void hello(String user, String device, String token) {
    send(
        JSON.createObjectNode()
            .put("type", "hello")
            .put("user", user)
            .put("device", device)
            .put("token", token));
  }

  void send(ObjectNode frame) {
    send(frame.toString());
  }

  void send(String text) {
    socket.sendText(text, true).join();
  }

  /** Does not wait until it is sent. */
  void sendLater(String text) {
    var unused = socket.sendText(text, true);
  }

  ObjectNode frame(String type, String id) {
    return JSON.createObjectNode().put("type", type).put("id", id);
  }

  /** Submits and waits for the answer. */
  JsonNode submit(String conversation, String id, String text) throws Exception {
    send(frame("submit", id).put("conversation", conversation).put("text", text));
    return answerTo(id);
  }

  JsonNode answerTo(String id) throws Exception {
    return await(frame -> frame.path("id").asText().equals(id));
  }

  JsonNode awaitType(String type) throws Exception {
    return await(frame -> frame.path("type").asText().equals(type));
  }

  /** Waits until so many texts are there. */
  void awaitTexts(int count) throws Exception {
    while (texts.size() < count) {
      await(frame -> frame.path("type").asText().equals("page"));
    }
  }

  /** The next frame of that sort; what comes before it is applied and dropped. */
  JsonNode await(Predicate<JsonNode> wanted) throws Exception {
    List<JsonNode> seen = new ArrayList<>();
    while (true) {
      JsonNode frame = frames.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      assertThat(frame).as("a frame, after %s", seen).isNotNull();
      apply(frame);
      if (wanted.test(frame)) {
        return frame;
      }
      seen.add(frame);
    }
  }

  private void apply(JsonNode frame) {
    for (JsonNode entry : frame.path("entries")) {
      if (entry.path("type").asText().equals("message")) {
        texts.put(entry.path("seq").asLong(), entry.path("text").asText());
      }
    }
    if (frame.has("cursor") && frame.path("last").asBoolean(true)) {
      send(frame("ack", "ack").put("cursor", frame.path("cursor").asText()));
    }
  }

  /** The code with which the server closed. */
  int awaitClose() throws Exception {
    return closeCode.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Goes away in peace, so that the server has read everything that was sent. */
  void leave() throws Exception {
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    awaitClose();
  }

  @Override
  public void close() {
    socket.abort();
  }

  private final class Listener implements WebSocket.Listener {
    private final boolean reads;
    private final StringBuilder partial = new StringBuilder();

    Listener(boolean reads) {
      this.reads = reads;
    }

    @Override
    public void onOpen(WebSocket opened) {
      if (reads) {
        opened.request(1);
      }
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        try {
          frames.add(JSON.readTree(partial.toString()));
        } catch (java.io.IOException e) {
          throw new IllegalStateException(e);
        }
        partial.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closeCode.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable failure) {
      closeCode.completeExceptionally(failure);
    }
  }
}
