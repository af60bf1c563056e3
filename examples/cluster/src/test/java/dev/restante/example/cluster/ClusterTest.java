package dev.restante.example.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that stand still and nodes that are killed, while three people talk through all three. */
@Tag("O6")
@Timeout(240)
class ClusterTest {
  private static final String TALK = "gthree";
  private static final int EACH = 20;

  private final List<Phone> phones = new ArrayList<>();
  private final List<String> sent = new ArrayList<>();

  @BeforeEach
  void connect() {
    Running.awaitAllLive();
    Stream.of("ann", "bob", "cid")
        .forEach(user -> phones.add(new Phone(Running.cluster().port(), user)));
  }

  @AfterEach
  void disconnect() throws Exception {
    phones.forEach(Phone::close);
    Running.heal();
  }

  @Test
  void whoeverStandsStillOrDiesNothingIsLostOrDoubled() throws Exception {
    spread();
    phones.get(0).create(TALK, List.of("bob", "cid"));
    await().atMost(Running.PATIENCE).until(() -> phones.get(0).unanswered() == 0);
    talk("at peace");
    awaitAllHaveAll();

    String paused = node(phones.get(1));
    Running.act(paused, "pause");
    talk("while one stands still");
    awaitAllHaveAll();
    assertThat(node(phones.get(1))).isNotEqualTo(paused);

    String killed = node(phones.get(2));
    assertThat(killed).isNotEqualTo(paused);
    talk("while one dies");
    Running.act(killed, "kill");
    talk("when one is dead");
    awaitAllHaveAll();
    assertThat(node(phones.get(2))).isNotIn(paused, killed);

    Running.act(paused, "go-on");
    Running.act(killed, "start");
    Running.awaitAllLive();
    spread();
    talk("at peace again");
    awaitAllHaveAll();
    checkThatItIsOnceAndInOrder();
  }

  /** Until each phone is on a node of its own. */
  private void spread() throws Exception {
    Set<String> taken = new HashSet<>();
    for (Phone phone : phones) {
      while (!taken.add(node(phone))) {
        phone.reconnect();
      }
    }
  }

  /** Which node serves the phone, once it is served by one. */
  private static String node(Phone phone) {
    return await("a node for " + phone.user())
        .atMost(Running.PATIENCE)
        .until(
            () -> phone.online() ? Running.nodeOf(phone.user()) : Optional.<String>empty(),
            Optional::isPresent)
        .orElseThrow();
  }

  private void talk(String about) {
    for (int i = 0; i < EACH; i++) {
      for (Phone phone : phones) {
        String text = phone.user() + " " + i + " " + about;
        sent.add(text);
        phone.submit(TALK, text);
      }
    }
  }

  private void awaitAllHaveAll() {
    for (Phone phone : phones) {
      await(phone.user() + " to have everything")
          .atMost(Running.PATIENCE)
          .until(() -> phone.unanswered() == 0 && phone.entries().size() == sent.size() + 1);
    }
  }

  private void checkThatItIsOnceAndInOrder() {
    Map<Long, String> log = phones.get(0).entries();
    assertThat(log.keySet())
        .containsExactlyElementsOf(LongStream.rangeClosed(1, sent.size() + 1).boxed().toList());
    assertThat(log.values()).containsExactlyInAnyOrderElementsOf(withTheBeginning());
    for (Phone phone : phones) {
      assertThat(phone.faults()).as(phone.user()).isEmpty();
      assertThat(phone.entries()).as(phone.user()).isEqualTo(log);
      assertThat(log.values().stream().filter(text -> text.startsWith(phone.user())))
          .as("the order of " + phone.user())
          .containsExactlyElementsOf(
              sent.stream().filter(text -> text.startsWith(phone.user())).toList());
    }
  }

  private List<String> withTheBeginning() {
    return Stream.concat(Stream.of("created"), sent.stream()).toList();
  }

  @Test
  void refusesWhatIsNotThereAndWhatAFormCouldSend() throws Exception {
    assertThat(Running.post("node-4", "kill", "application/json").statusCode()).isEqualTo(404);
    assertThat(Running.post("node-1", "tickle", "application/json").statusCode()).isEqualTo(404);
    assertThat(Running.post("node-1", "kill", "text/plain").statusCode()).isEqualTo(415);
    Running.awaitAllLive();
  }

  /** The work that one node at a time does is done by one of them. */
  @Test
  void oneNodeSweeps() throws Exception {
    await()
        .atMost(Running.PATIENCE)
        .until(
            () -> {
              int sweeping = 0;
              for (JsonNode node : Running.nodes()) {
                sweeping += node.path("sweeps").asBoolean() ? 1 : 0;
              }
              return sweeping == 1;
            });
  }
}
