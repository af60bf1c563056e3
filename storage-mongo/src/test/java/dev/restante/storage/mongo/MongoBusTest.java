package dev.restante.storage.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import dev.restante.testmongo.WireServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.bson.Document;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a bus on MongoDB does when servers and streams break, and what it leaves behind. */
@Tag("O6")
@Timeout(120)
final class MongoBusTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** For servers that are waited for in vain. */
  private static final Duration HASTY = Duration.ofSeconds(5);

  private static final byte[] MESSAGE = {1, 0, -1, 127};
  private static final String HINTS = MongoBus.DEFAULT_COLLECTION;

  private static WireServer server;

  private final List<BusLink> links = new ArrayList<>();
  private final BlockingQueue<byte[]> heard = new LinkedBlockingQueue<>();
  private final BlockingQueue<Throwable> losses = new LinkedBlockingQueue<>();
  private final BusReceiver ear =
      new BusReceiver() {
        @Override
        public void received(byte[] message) {
          heard.add(message);
        }

        @Override
        public void lost(Throwable why) {
          losses.add(why);
        }
      };

  @BeforeAll
  static void start() {
    server = WireServer.withChangeStreams();
  }

  /** Threads go soon after their link was closed, and so do their clients, which have some, too. */
  @AfterAll
  static void nothingIsLeft() {
    await(() -> threads("restante-bus-").isEmpty());
    await(() -> threads("cluster-").isEmpty());
    server.close();
  }

  @AfterEach
  void closeLinks() {
    server.silent(false);
    links.forEach(BusLink::close);
  }

  private static List<Thread> threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .toList();
  }

  private static void await(BooleanSupplier condition) {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).isBefore(end);
      Thread.onSpinWait();
    }
  }

  private static MongoBus bus(String database) {
    return MongoBus.at(server.uri() + "/" + database);
  }

  private BusLink connect(MongoBus bus) {
    BusLink link = bus.connect(ear);
    links.add(link);
    return link;
  }

  private byte[] next() throws InterruptedException {
    byte[] message = heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(message).isNotNull();
    return message;
  }

  private void works(BusLink link) throws InterruptedException {
    link.send(MESSAGE);
    assertThat(next()).isEqualTo(MESSAGE);
  }

  private void isTold() throws InterruptedException {
    assertThat(losses.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void aCollectionIsAPlainName() {
    MongoBus bus = MongoBus.at("mongodb://user:secret@localhost/chat");
    for (String name : List.of("", "a b", "a.b", "$a", "é", "\u0000", "x".repeat(65))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> bus.withCollection(name))
          .withMessageContaining("1 to 64")
          .withMessageEndingWith(name);
    }
    assertThat(bus.withCollection("x".repeat(64)).description())
        .contains("localhost", "/chat", "x".repeat(64))
        .doesNotContain("secret");
  }

  /** Without a word that it is nothing to wait for. */
  @Test
  void aStandaloneServerIsRefusedByName() {
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> MongoBus.at(WireServer.shared().uri() + "/bus").connect(ear))
        .withMessageContaining("standalone")
        .withMessageContaining("replica set");
    assertThat(losses).isEmpty();
  }

  @Test
  void aServerThatIsNotThereIsSaid() {
    String nowhere = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200";
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> MongoBus.at(nowhere).connect(ear))
        .withMessageContaining("refused");
  }

  @Test
  void whatWasSentIsRemovedByTheServerAndIsNoNews() throws Exception {
    BusLink link = connect(bus("kept"));
    works(link);
    assertThat(server.count("kept", HINTS)).isEqualTo(1);
    server.expire("kept", Instant.now().plusSeconds(30));
    assertThat(server.count("kept", HINTS)).isEqualTo(1);
    server.expire("kept", Instant.now().plusSeconds(90));
    assertThat(server.count("kept", HINTS)).isZero();
    works(link);
    assertThat(losses).isEmpty();
  }

  @Test
  void whenTheCollectionGoesThatIsToldAndALinkMadeLaterWorks() throws Exception {
    connect(bus("gone"));
    collection("gone", MongoCollection::drop);
    isTold();
    works(connect(bus("gone")));
    server.expire("gone", Instant.now().plusSeconds(90));
    assertThat(server.count("gone", HINTS)).as("the new one is emptied, too").isZero();
  }

  private static void collection(
      String database, java.util.function.Consumer<MongoCollection<Document>> what) {
    try (MongoClient client = MongoClients.create(server.uri())) {
      what.accept(client.getDatabase(database).getCollection(HINTS));
    }
  }

  /** Anybody may write there; the core decides what it is. */
  @Test
  void whatIsNoMessageIsHandedOnAndHarmsNothing() throws Exception {
    BusLink link = connect(bus("odd"));
    collection("odd", hints -> hints.insertOne(new Document("m", "no bytes")));
    assertThat(next()).isEmpty();
    collection("odd", hints -> hints.updateOne(new Document(), new Document("$set", MORE)));
    works(link);
    assertThat(losses).isEmpty();
  }

  private static final Document MORE = new Document("more", 1);

  // ---- servers that break ----------------------------------------------------------------------

  /** The driver goes on where the stream stopped, if it can; here all that was is forgotten. */
  @Test
  void whenTheServerDiesTheNextMessageSaysSoAndALinkMadeLaterWorks() throws Exception {
    try (WireServer mortal = WireServer.withChangeStreams()) {
      MongoBus bus = MongoBus.at(mortal.uri() + "/?serverSelectionTimeoutMS=2000");
      BusLink link = connect(bus);
      works(link);
      mortal.kill();
      isTold();
      assertThatExceptionOfType(BusException.class).isThrownBy(() -> link.send(MESSAGE));
      assertThatExceptionOfType(BusException.class).isThrownBy(() -> bus.connect(ear));
      mortal.startAgain();
      works(connect(bus));
    }
  }

  /** As behind a cable that was cut: nobody answers, and nobody says why. */
  @Test
  void aServerThatIsSilentHoldsNobodyUp() throws Exception {
    MongoBus bus = bus("silent").withPatience(HASTY);
    BusLink link = connect(bus);
    works(link);
    server.silent(true);
    CompletableFuture<BusLink> another = CompletableFuture.supplyAsync(() -> bus.connect(ear));
    assertThatExceptionOfType(BusException.class).isThrownBy(() -> link.send(MESSAGE));
    assertThat(another)
        .failsWithin(PATIENCE)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(BusException.class);
    isTold();
  }

  /** That nothing is told for longer than anything may take is no silence. */
  @Test
  void aLinkOverWhichNothingComesStays() throws Exception {
    Duration patience = Duration.ofSeconds(10);
    BusLink link = connect(bus("quiet").withPatience(patience));
    assertThat(losses.poll(patience.toMillis() * 5 / 4, TimeUnit.MILLISECONDS)).isNull();
    works(link);
  }

  @Test
  void closingFreesWhoeverSends() throws Exception {
    BusLink link = connect(bus("closing").withPatience(Duration.ofSeconds(15)));
    works(link);
    server.silent(true);
    CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> link.send(MESSAGE));
    await(MongoBusTest::someoneSends);
    link.close();
    link.close();
    assertThat(sender)
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(BusException.class)
        .withMessageContaining("closed");
    server.silent(false);
    assertThat(losses).as("who closes is not told of a loss").isEmpty();
  }

  /** The driver's farewell has no limit of its own. */
  @Test
  void aLinkOfASilentServerThatIsClosedGoes() throws Exception {
    int before = threads("restante-bus-listener").size();
    BusLink link = connect(bus("farewell").withPatience(HASTY));
    works(link);
    server.silent(true);
    link.close();
    await(() -> threads("restante-bus-listener").size() <= before);
  }

  private static boolean someoneSends() {
    return threads("restante-bus-sender").stream()
        .flatMap(thread -> Stream.of(thread.getStackTrace()))
        .anyMatch(frame -> frame.getMethodName().equals("insert"));
  }

  // ---- the host's client -----------------------------------------------------------------------

  @Test
  void theHostsClientStaysTheHosts() throws Exception {
    try (MongoClient client = MongoClients.create(server.uri())) {
      MongoBus bus = MongoBus.on(client.getDatabase("hosts"));
      assertThat(bus.description()).contains("client of the host", "hosts", HINTS);
      BusLink link = connect(bus);
      works(link);
      link.close();
      assertThat(losses).isEmpty();
      works(connect(bus));
      assertThat(losses).isEmpty();
    }
    isTold();
  }
}
