package dev.restante.example.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.restante.api.ConversationId;
import dev.restante.api.UserId;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ChatServerTest {
  private static final String ALICE_BOB = direct("alice", "bob");

  @TempDir Path folder;
  private ChatServer server;
  private int port;

  @BeforeEach
  void start() throws Exception {
    server = ChatServer.start(new Settings("127.0.0.1", 0, folder));
    port = server.port();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  // ---- who is who ------------------------------------------------------------------------------

  @Test
  void refusesASocketWithAForgedToken() throws Exception {
    try (TestDevice mallory = TestDevice.silent(port)) {
      mallory.hello("alice", "phone", "forged");

      assertThat(mallory.awaitType("error").path("code").asText()).isEqualTo("BAD_TOKEN");
      assertThat(mallory.awaitClose()).isEqualTo(4401);
    }
  }

  @ParameterizedTest
  @CsvSource({"bob, phone", "alice, laptop"})
  void refusesASocketWithTheTokenOfAnotherUserOrDevice(String user, String device)
      throws Exception {
    String token = TestDevice.login(port, user, device);
    try (TestDevice mallory = TestDevice.silent(port)) {
      mallory.hello("alice", "phone", token);

      assertThat(mallory.awaitClose()).isEqualTo(4401);
    }
  }

  @Test
  void refusesToActForAnotherUser() throws Exception {
    try (TestDevice alice = TestDevice.online(port, "alice", "phone");
        TestDevice bob = TestDevice.online(port, "bob", "phone")) {
      ObjectNode forged = alice.frame("submit", "m1").put("conversation", ALICE_BOB);
      alice.send(forged.put("text", "I owe you").put("sender", "bob"));

      JsonNode answer = alice.answerTo("m1");
      assertThat(answer.path("type").asText()).isEqualTo("error");
      assertThat(answer.path("code").asText()).isEqualTo("ACTING_FOR_ANOTHER");

      alice.submit(ALICE_BOB, "m2", "mine");
      bob.awaitTexts(1);
      assertThat(bob.texts).hasSize(1).containsEntry(1L, "mine");
    }
  }

  @Test
  void refusesToWriteOrReadWhereTheUserIsNotAMember() throws Exception {
    try (TestDevice mallory = TestDevice.online(port, "mallory", "phone")) {
      JsonNode written = mallory.submit(ALICE_BOB, "m1", "hello");
      assertThat(written.path("type").asText()).isEqualTo("refused");
      assertThat(written.path("code").asText()).isEqualTo("NOT_A_MEMBER");
      assertThat(written.path("retry").asText()).isEqualTo("NEVER");

      mallory.send(history(mallory, "h1"));
      assertThat(mallory.answerTo("h1").path("code").asText()).isEqualTo("NOT_A_MEMBER");
    }
  }

  @Test
  void refusesASocketThatAPageOfAnotherSiteOpened() throws Exception {
    try (TestDevice page = TestDevice.fromOrigin(port, "http://evil.example")) {
      assertThat(page.awaitClose()).isEqualTo(4403);
    }
    assertThat(Sockets.ours("http://localhost:8080", "localhost:8080")).isTrue();
  }

  @Test
  void secondSocketOfADeviceReplacesTheFirst() throws Exception {
    try (TestDevice first = TestDevice.online(port, "alice", "phone");
        TestDevice second = TestDevice.online(port, "alice", "phone")) {
      assertThat(first.awaitType("ended").path("reason").asText()).isEqualTo("REPLACED");
      assertThat(first.awaitClose()).isEqualTo(4409);
      assertThat(second.submit(ALICE_BOB, "m1", "still here").path("seq").asLong()).isEqualTo(1);
    }
  }

  @Test
  void forgottenDeviceIsRevoked() throws Exception {
    try (TestDevice alice = TestDevice.online(port, "alice", "phone")) {
      alice.send(alice.frame("forget", "f1"));

      assertThat(alice.awaitClose()).isEqualTo(4410);
    }
  }

  // ---- hostile input ---------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "BAD_JSON      | nonsense",
        "BAD_JSON      | {",
        "BAD_JSON      | []",
        "BAD_JSON      | `  `",
        "BAD_JSON      | {\"type\":\"ack\"} trailing",
        "BAD_JSON      | {\"type\":\"ack\",\"type\":\"submit\"}",
        "BAD_JSON      | {\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}",
        "BAD_FIELD     | {}",
        "BAD_FIELD     | {\"type\":7}",
        "UNKNOWN_TYPE  | {\"type\":\"drop tables\"}",
        "ALREADY_CONNECTED | {\"type\":\"hello\"}",
        "BAD_FIELD     | {\"type\":\"submit\"}",
        "BAD_FIELD     | {\"type\":\"submit\",\"id\":\"x\",\"conversation\":7,\"text\":\"t\"}",
        "BAD_FIELD     | {\"type\":\"submit\",\"id\":\"x\",\"conversation\":\"z9\",\"text\":\"t\"}",
        "BAD_FIELD     | {\"type\":\"submit\",\"id\":\"\",\"conversation\":\"d5:alicebob\",\"text\":\"t\"}",
        "BAD_FIELD     | {\"type\":\"submit\",\"id\":\"x\",\"conversation\":\"d5:alicebob\",\"text\":{}}",
        "BAD_FIELD     | {\"type\":\"submit\",\"id\":\"x\",\"conversation\":\"d5:alicebob\",\"text\":\"t\",\"composedAt\":1e300}",
        "BAD_FIELD     | {\"type\":\"ack\",\"cursor\":\"../../etc\"}",
        "BAD_FIELD     | {\"type\":\"history\",\"id\":\"x\",\"conversation\":\"d5:alicebob\",\"before\":-1,\"limit\":1}",
        "BAD_FIELD     | {\"type\":\"history\",\"id\":\"x\",\"conversation\":\"d5:alicebob\",\"before\":9,\"limit\":9999999}",
        "BAD_FIELD     | {\"type\":\"add\",\"id\":\"x\",\"conversation\":\"gone\",\"users\":\"bob\"}",
        "BAD_FIELD     | {\"type\":\"add\",\"id\":\"x\",\"conversation\":\"gone\",\"users\":[1]}",
        "BAD_FIELD     | {\"type\":\"add\",\"id\":\"x\",\"conversation\":\"d5:alicebob\",\"users\":[\"\"]}",
      })
  void answersAFrameItCannotUnderstandAndGoesOn(String code, String frame) throws Exception {
    try (TestDevice alice = TestDevice.online(port, "alice", "phone")) {
      alice.send(frame);

      JsonNode error = alice.awaitType("error");
      assertThat(error.path("code").asText()).isEqualTo(code);
      assertThat(error.path("detail").asText()).isNotBlank().doesNotContain("Exception", "\tat ");
      assertThat(error.path("retry").asText()).isEqualTo("NEVER");
      assertThat(alice.submit(ALICE_BOB, "m1", "fine").path("seq").asLong()).isEqualTo(1);
    }
  }

  @Test
  void wantsAHelloFirst() throws Exception {
    try (TestDevice alice = TestDevice.silent(port)) {
      alice.send(history(alice, "h1"));

      assertThat(alice.answerTo("h1").path("code").asText()).isEqualTo("HELLO_FIRST");
    }
  }

  @Test
  void refusesAFrameAboveTheLimitAndGoesOn() throws Exception {
    try (TestDevice alice = TestDevice.online(port, "alice", "phone")) {
      alice.send("{\"type\":\"" + "x".repeat(Limits.FRAME_CHARS) + "\"}");

      assertThat(alice.awaitType("error").path("code").asText()).isEqualTo("FRAME_TOO_LARGE");
      assertThat(alice.submit(ALICE_BOB, "m1", "fine").path("seq").asLong()).isEqualTo(1);
    }
  }

  @Test
  void closesASocketThatSendsAFrameFarAboveTheLimit() throws Exception {
    try (TestDevice alice = TestDevice.online(port, "alice", "phone");
        TestDevice bob = TestDevice.online(port, "bob", "phone")) {
      alice.sendLater("x".repeat(Limits.HARD_FRAME_BYTES + 1));

      assertThat(alice.awaitClose()).isEqualTo(1009);
      assertThat(bob.submit(ALICE_BOB, "m1", "fine").path("seq").asLong()).isEqualTo(1);
    }
  }

  @Test
  void passesOnTheRefusalOfATextAboveTheLimit() throws Exception {
    try (TestDevice alice = TestDevice.online(port, "alice", "phone")) {
      JsonNode refused = alice.submit(ALICE_BOB, "m1", "x".repeat(Limits.TEXT_BYTES + 1));

      assertThat(refused.path("type").asText()).isEqualTo("refused");
      assertThat(refused.path("code").asText()).isEqualTo("TOO_LARGE");
      assertThat(refused.path("detail").asText()).contains("8193").contains("8192");
      assertThat(alice.submit(ALICE_BOB, "m2", "fine").path("seq").asLong()).isEqualTo(1);
    }
  }

  @Test
  void deviceThatDoesNotReadIsCutOffAndNobodyElseNotices() throws Exception {
    try (TestDevice bob = TestDevice.online(port, "bob", "phone")) {
      for (int i = 0; i < 200; i++) {
        bob.submit(ALICE_BOB, "m" + i, "x".repeat(8_000));
      }
      try (TestDevice deaf = TestDevice.deaf(port, "alice", "phone")) {
        for (int i = 0; i < 20; i++) {
          deaf.sendLater(history(deaf, "h" + i).toString());
        }
        org.awaitility.Awaitility.await().until(() -> sessions() == 1);
      }
      assertThat(bob.submit(ALICE_BOB, "last", "fine").path("seq").asLong()).isEqualTo(201);
    }
  }

  @Test
  void answersABadLoginInJson() throws Exception {
    assertThat(TestDevice.post(port, "{}", "application/json").statusCode()).isEqualTo(400);
    assertThat(TestDevice.post(port, "{}", "application/json").body()).contains("BAD_FIELD");
    assertThat(TestDevice.post(port, "[", "application/json").body()).contains("BAD_JSON");
    String good = "{\"user\":\"alice\",\"device\":\"phone\"}";
    assertThat(TestDevice.post(port, good, "text/plain").statusCode()).isEqualTo(400);
    assertThat(TestDevice.post(port, " ".repeat(10_000) + good, "application/json").statusCode())
        .isEqualTo(413);
  }

  // ---- what it is for --------------------------------------------------------------------------

  @Test
  void devicesOfAUserConverge() throws Exception {
    try (TestDevice phone = TestDevice.online(port, "alice", "phone");
        TestDevice bob = TestDevice.online(port, "bob", "phone")) {
      TestDevice.online(port, "alice", "laptop").leave();
      for (int i = 1; i <= 60; i++) {
        (i % 3 == 0 ? phone : bob).submit(ALICE_BOB, "m" + i, "text " + i);
      }
      try (TestDevice laptop = TestDevice.online(port, "alice", "laptop")) {
        phone.awaitTexts(60);
        laptop.awaitTexts(60);
        assertThat(laptop.texts).isEqualTo(phone.texts);
        assertThat(laptop.texts.keySet())
            .containsExactlyElementsOf(
                IntStream.rangeClosed(1, 60).mapToObj(Long::valueOf).toList());
      }
    }
  }

  @Test
  void repeatedMessageIsAcceptedOnce() throws Exception {
    try (TestDevice alice = TestDevice.online(port, "alice", "phone")) {
      JsonNode first = alice.submit(ALICE_BOB, "m1", "once");
      JsonNode again = alice.submit(ALICE_BOB, "m1", "once");
      JsonNode other = alice.submit(ALICE_BOB, "m1", "something else");

      assertThat(again.path("seq")).isEqualTo(first.path("seq"));
      assertThat(again.path("repeat").asBoolean()).isTrue();
      assertThat(other.path("code").asText()).isEqualTo("ID_REUSED");
    }
  }

  @Test
  void restartKeepsEverything() throws Exception {
    try (TestDevice alice = TestDevice.online(port, "alice", "phone")) {
      TestDevice.online(port, "bob", "phone").leave();
      alice.submit(ALICE_BOB, "m1", "before");
    }
    String token = TestDevice.login(port, "bob", "phone");
    server.close();
    start();

    try (TestDevice bob = TestDevice.silent(port);
        TestDevice alice = TestDevice.online(port, "alice", "phone")) {
      bob.hello("bob", "phone", token);
      bob.awaitTexts(1);
      assertThat(bob.texts).containsEntry(1L, "before");
      assertThat(alice.submit(ALICE_BOB, "m1", "before").path("repeat").asBoolean()).isTrue();
      assertThat(alice.submit(ALICE_BOB, "m2", "after").path("seq").asLong()).isEqualTo(2);
    }
  }

  @Test
  void groupsComeAndGo() throws Exception {
    String group = ConversationId.group("trip").key();
    try (TestDevice alice = TestDevice.online(port, "alice", "phone");
        TestDevice bob = TestDevice.online(port, "bob", "phone")) {
      ObjectNode create = alice.frame("create", "c1").put("conversation", group);
      create.put("title", "Trip").putArray("members").add("bob");
      alice.send(create);
      assertThat(alice.answerTo("c1").path("seq").asLong()).isEqualTo(1);
      assertThat(bob.submit(group, "m1", "hello all").path("seq").asLong()).isEqualTo(2);

      bob.send(change(bob, "remove", "r1", group, "alice"));
      assertThat(bob.answerTo("r1").path("code").asText()).isEqualTo("NOT_PERMITTED");
      alice.send(change(alice, "add", "a1", group, "carol"));
      assertThat(alice.answerTo("a1").path("seq").asLong()).isEqualTo(3);
      alice.send(change(alice, "remove", "r2", group, "bob"));
      assertThat(alice.answerTo("r2").path("seq").asLong()).isEqualTo(4);
      alice.send(alice.frame("rename", "t1").put("conversation", group).put("title", "Journey"));
      assertThat(alice.answerTo("t1").path("seq").asLong()).isEqualTo(5);
      assertThat(bob.submit(group, "m2", "still here?").path("code").asText())
          .isEqualTo("NOT_A_MEMBER");

      alice.send(alice.frame("members", "l1").put("conversation", group));
      assertThat(alice.answerTo("l1").path("members").findValuesAsText("user"))
          .containsExactly("alice", "carol");
    }
  }

  @Test
  void tellsItsHealth() throws Exception {
    HttpResponse<String> answer = get("/health");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"state\":\"UP\"");
  }

  @Test
  void tellsWhichDevicesAreHere() throws Exception {
    try (TestDevice silent = TestDevice.silent(port)) {
      TestDevice alice = TestDevice.online(port, "alice", "phone");
      assertThat(get("/devices").body())
          .contains("\"devices\":[{\"user\":\"alice\",\"device\":\"phone\"}]");
      alice.leave();
      await().until(() -> get("/devices").body().contains("\"devices\":[]"));
      silent.send("nobody yet");
    }
  }

  @Test
  void servesThePage() throws Exception {
    HttpResponse<String> page = get("/");

    assertThat(page.body()).contains("Restante chat");
    assertThat(page.headers().firstValue("Content-Security-Policy")).contains("default-src 'self'");
    for (String part :
        List.of("app.js", "card.js", "chat.js", "device.js", "style.css", "icon.svg")) {
      assertThat(get("/" + part).statusCode()).as(part).isEqualTo(200);
    }
  }

  @Test
  void secondServerOnTheSameDataIsRefused() {
    assertThatThrownBy(() -> ChatServer.start(new Settings("127.0.0.1", 0, folder)))
        .hasMessageContaining("the store is");
  }

  // ---- helpers ---------------------------------------------------------------------------------

  private static ObjectNode history(TestDevice device, String id) {
    return device
        .frame("history", id)
        .put("conversation", ALICE_BOB)
        .put("before", Long.MAX_VALUE)
        .put("limit", 200);
  }

  private static ObjectNode change(
      TestDevice device, String type, String id, String group, String user) {
    ObjectNode frame = device.frame(type, id).put("conversation", group);
    frame.putArray("users").add(user);
    return frame;
  }

  private long sessions() throws Exception {
    return new com.fasterxml.jackson.databind.ObjectMapper()
        .readTree(get("/health").body())
        .path("sessions")
        .asLong();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return TestDevice.HTTP.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static String direct(String one, String other) {
    return ConversationId.between(UserId.of(one), UserId.of(other)).key();
  }
}
