package dev.restante.crash;

import static dev.restante.crash.World.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.Health;
import dev.restante.Restante;
import dev.restante.RestanteOptions;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Message;
import dev.restante.api.UserId;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.bus.NodeBus;
import dev.restante.storage.Storage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Two nodes in this process that tell each other over a bus what they did: Alice writes on one, Bob
 * has a device on the other. The poll comes once a minute; so many messages, each said when the one
 * before was heard, no polls bring in the time. For one thread.
 */
final class TwoNodesOnABus implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final DeviceId ALICE = UserId.of("alice").device("phone");
  private static final DeviceId BOB = UserId.of("bob").device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE.user(), BOB.user());

  private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
  private final List<Restante> nodes = new ArrayList<>();
  private final Restante one;
  private final Restante other;
  private final Receiver receiver = new Receiver(this::take);
  private final CompletableFuture<DeviceSession> session = new CompletableFuture<>();

  /** Returns when both are on the bus. */
  TwoNodesOnABus(Storage storeOfOne, NodeBus busOfOne, Storage storeOfOther, NodeBus busOfOther) {
    one = node(storeOfOne, busOfOne);
    other = node(storeOfOther, busOfOther);
    session.complete(other.sync().connect(BOB, SyncPolicy.everything(), receiver));
    awaitBus(Health.Bus.UP);
  }

  private Restante node(Storage storage, NodeBus bus) {
    Restante node =
        Restante.builder()
            .storage(storage)
            .bus(bus)
            .options(RestanteOptions.builder().pollInterval(Duration.ofMinutes(1)).build())
            .build();
    nodes.add(node);
    assertThat(get(node.opened()).state()).isEqualTo(Health.State.UP);
    return node;
  }

  private void take(Delivery delivery) {
    if (delivery instanceof Delivery.Page page) {
      page.entries().stream()
          .filter(Message.class::isInstance)
          .map(entry -> ((Message) entry).clientId())
          .forEach(texts::add);
      session.join().acknowledge(page.cursor());
    }
    receiver.more();
  }

  /** The node that Alice writes on. */
  Restante one() {
    return one;
  }

  /** The node that Bob's device is on. */
  Restante other() {
    return other;
  }

  void awaitBus(Health.Bus state) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(nodes).extracting(node -> node.health().bus()).containsOnly(state));
  }

  /** Says messages one after another, and returns how long each took from its acknowledgement. */
  List<Long> hearInTurn(String about, int count) throws InterruptedException {
    List<Long> micros = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      String text = about + " " + i;
      get(one.messages().submit(Draft.text(ALICE, TALK, text, text))).orThrow();
      long acknowledged = System.nanoTime();
      assertThat(texts.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(text);
      micros.add((System.nanoTime() - acknowledged) / 1000);
    }
    micros.sort(null);
    return micros;
  }

  /** Measures and prints how long hints take, and that all of them could be read. */
  void hearWithoutAPoll(String bus) throws InterruptedException {
    List<Long> micros = hearInTurn("told", 200);
    System.out.printf(
        "%s: from acknowledgement to a device on another node %d us (median), %d us (99 in 100)%n",
        bus, micros.get(100), micros.get(198));
    assertThat(other.counters().hintsReceived()).isPositive();
    assertThat(other.counters().hintsUnreadable()).isZero();
    assertThat(other.counters().hintsForeign()).isZero();
  }

  /** Takes a server of both away and brings it back; before and after they hear each other. */
  void hearBeforeAndAfter(Runnable kill, Runnable startAgain) throws InterruptedException {
    hearInTurn("before", 10);
    Draft first = Draft.text(ALICE, TALK, "first", "first");
    kill.run();
    awaitBus(Health.Bus.DOWN);
    startAgain.run();
    awaitBus(Health.Bus.UP);
    await()
        .atMost(PATIENCE)
        .until(() -> nodes.stream().allMatch(node -> node.health().state() == Health.State.UP));
    // The store's connections that broke are found out by the first who use them.
    await().atMost(PATIENCE).until(() -> get(one.messages().submit(first)).whyRefused().isEmpty());
    assertThat(texts.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("first");
    hearInTurn("after", 10);
    assertThat(nodes).allSatisfy(node -> assertThat(node.counters().busLosses()).isPositive());
  }

  @Override
  public void close() {
    nodes.forEach(node -> node.close(Duration.ofSeconds(5)));
  }
}
