package dev.restante.example.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The only device of a user, as the page has them: what it sends is in an outbox until it is
 * answered, what comes is kept by number, and it connects again whenever its connection ends.
 */
final class Phone implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final int port;
  private final String user;
  private final Thread life;

  // Guarded by this:
  private final Map<String, ObjectNode> outbox = new LinkedHashMap<>();
  private final TreeMap<Long, String> entries = new TreeMap<>();
  private final List<String> faults = new ArrayList<>();
  private @Nullable String token;
  private @Nullable String cursor;
  private @Nullable WebSocket socket;
  private CompletableFuture<?> sending = CompletableFuture.completedFuture(null);
  private CountDownLatch ended = new CountDownLatch(0);
  private boolean welcomed;
  private boolean closed;
  private long newest;
  private int ids;

  Phone(int port, String user) {
    this.port = port;
    this.user = user;
    this.life = new Thread(this::live, "phone-" + user);
    life.start();
  }

  String user() {
    return user;
  }

  synchronized boolean online() {
    return welcomed;
  }

  /** What it has, by number: texts of messages, and the types of other entries. */
  synchronized Map<Long, String> entries() {
    return new TreeMap<>(entries);
  }

  /** What came as it must not. */
  synchronized List<String> faults() {
    return List.copyOf(faults);
  }

  synchronized int unanswered() {
    return outbox.size();
  }

  void create(String conversation, List<String> members) {
    ObjectNode frame = JSON.createObjectNode().put("type", "create").put("title", "three");
    frame.put("conversation", conversation);
    members.forEach(frame.putArray("members")::add);
    put(frame);
  }

  void submit(String conversation, String text) {
    ObjectNode frame = JSON.createObjectNode().put("type", "submit").put("text", text);
    put(frame.put("conversation", conversation));
  }

  private synchronized void put(ObjectNode frame) {
    String id = user + "-" + ++ids;
    outbox.put(id, frame.put("id", id));
    if (welcomed) {
      send(frame);
    }
  }

  /** Drops its connection, and comes again. */
  synchronized void reconnect() {
    welcomed = false;
    if (socket != null) {
      socket.abort();
      socket = null;
    }
    // Nobody is told of what he aborts himself.
    ended.countDown();
  }

  private void live() {
    while (!isClosed()) {
      try {
        connectOnce();
        Thread.sleep(PAUSE.toMillis());
      } catch (IOException e) {
        // and again
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** One connection, until it ends. */
  private void connectOnce() throws IOException, InterruptedException {
    String mine = token();
    CountDownLatch end = new CountDownLatch(1);
    synchronized (this) {
      ended = end;
    }
    CompletableFuture<WebSocket> opening =
        HTTP.newWebSocketBuilder()
            .connectTimeout(PATIENCE)
            .buildAsync(URI.create("ws://127.0.0.1:" + port + "/socket"), new Listener(end));
    try {
      WebSocket opened = opening.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      hello(opened, mine);
      end.await();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      var unused = opening.thenAccept(WebSocket::abort);
    } finally {
      reconnect();
    }
  }

  private synchronized void hello(WebSocket opened, String mine) {
    socket = opened;
    sending = CompletableFuture.completedFuture(null);
    ObjectNode hello = JSON.createObjectNode().put("type", "hello").put("user", user);
    hello.put("device", "phone").put("token", mine);
    send(cursor == null ? hello : hello.put("cursor", cursor));
  }

  private String token() throws IOException, InterruptedException {
    synchronized (this) {
      if (token != null) {
        return token;
      }
    }
    String body = JSON.createObjectNode().put("user", user).put("device", "phone").toString();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/login"))
            .header("Content-Type", "application/json")
            .timeout(PATIENCE)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    String answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
    String given = JSON.readTree(answer).path("token").asText();
    if (given.isEmpty()) {
      throw new IOException("no token: " + answer);
    }
    synchronized (this) {
      token = given;
    }
    return given;
  }

  private void send(ObjectNode frame) {
    WebSocket open = socket;
    if (open != null) {
      // One after the other: while a frame is on its way the socket refuses the next one.
      String text = frame.toString();
      sending = sending.thenCompose(sent -> open.sendText(text, true));
      var unused = sending.whenComplete((sent, failure) -> endIfFailed(open, failure));
    }
  }

  /** A frame that was not sent is not answered: only a new connection sends it again. */
  private synchronized void endIfFailed(WebSocket open, @Nullable Throwable failure) {
    if (failure != null && open == socket) {
      reconnect();
    }
  }

  private synchronized void handle(WebSocket from, JsonNode frame) {
    if (from != socket) {
      return;
    }
    switch (frame.path("type").asText()) {
      case "welcome" -> {
        welcomed = true;
        outbox.values().forEach(this::send);
      }
      case "accepted" -> {
        ObjectNode sent = outbox.remove(frame.path("id").asText());
        if (sent != null) {
          keep(frame.path("seq").asLong(), sent.path("text").asText("created"));
        }
      }
      case "refused" -> {
        if (frame.path("retry").asText().equals("NEVER")) {
          faults.add("refused: " + frame);
        }
        // A new session takes it all again, in its order.
        reconnect();
      }
      case "error" -> faults.add("error: " + frame);
      default -> deliver(frame);
    }
  }

  private void deliver(JsonNode frame) {
    long last = 0;
    for (JsonNode entry : frame.path("entries")) {
      if (!entry.has("seq")) {
        if (entry.path("type").asText().equals("gap")) {
          faults.add("something is missing: " + entry);
        }
        continue;
      }
      long seq = entry.path("seq").asLong();
      if (seq <= last) {
        faults.add("out of order: " + seq + " after " + last);
      }
      last = seq;
      if (seq < newest && !entries.containsKey(seq)) {
        faults.add("out of order: " + seq + " came first after " + newest);
      }
      newest = Math.max(newest, seq);
      keep(seq, entry.path("text").asText(entry.path("type").asText()));
    }
    if (frame.has("cursor") && frame.path("last").asBoolean(true)) {
      cursor = frame.path("cursor").asText();
      ObjectNode ack = JSON.createObjectNode().put("type", "ack").put("id", "ack");
      send(ack.put("cursor", cursor));
    }
  }

  private void keep(long seq, String text) {
    String before = entries.putIfAbsent(seq, text);
    if (before != null && !before.equals(text)) {
      faults.add("two things at " + seq + ": " + before + " and " + text);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      reconnect();
    }
    life.interrupt();
  }

  private final class Listener implements WebSocket.Listener {
    private final CountDownLatch ended;
    private final StringBuilder partial = new StringBuilder();

    Listener(CountDownLatch ended) {
      this.ended = ended;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        try {
          handle(from, JSON.readTree(partial.toString()));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        partial.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      ended.countDown();
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable failure) {
      ended.countDown();
    }
  }
}
