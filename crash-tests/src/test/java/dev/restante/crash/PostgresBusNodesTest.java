package dev.restante.crash;

import static dev.restante.crash.World.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
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
import dev.restante.storage.jdbc.JdbcStorage;
import dev.restante.storage.jdbc.PostgresBus;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Two nodes on one PostgreSQL that tell each other over it what they did. The poll comes once a
 * minute; so many messages, each said when the one before was heard, no polls bring in the time.
 */
@Tag("O6")
@Timeout(300)
final class PostgresBusNodesTest {
  private static final DeviceId ALICE = UserId.of("alice").device("phone");
  private static final DeviceId BOB = UserId.of("bob").device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE.user(), BOB.user());
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
  private final List<Restante> nodes = new ArrayList<>();
  private final List<HikariDataSource> pools = new ArrayList<>();
  private Postgres database;
  private Restante one;
  private Restante other;
  private Receiver receiver;
  private DeviceSession session;

  @BeforeEach
  void start() {
    database = Postgres.start(folder.resolve("postgres"), Duration.ZERO);
    one = node("one");
    other = node("other");
    receiver = new Receiver(this::take);
    session = other.sync().connect(BOB, SyncPolicy.everything(), receiver);
    awaitBus(Health.Bus.UP);
  }

  @AfterEach
  void stop() {
    nodes.forEach(node -> node.close(Duration.ofSeconds(5)));
    pools.forEach(HikariDataSource::close);
    database.close();
  }

  private Restante node(String name) {
    Restante node =
        Restante.builder()
            .storage(JdbcStorage.on(pool(name + " store")))
            .bus(PostgresBus.on(connections(name + " bus")))
            .options(RestanteOptions.builder().pollInterval(Duration.ofMinutes(1)).build())
            .build();
    nodes.add(node);
    assertThat(get(node.opened()).state()).isEqualTo(Health.State.UP);
    return node;
  }

  private HikariDataSource pool(String name) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(connections(name));
    config.setConnectionTimeout(5_000);
    HikariDataSource pool = new HikariDataSource(config);
    pools.add(pool);
    return pool;
  }

  private PGSimpleDataSource connections(String name) {
    PGSimpleDataSource connections = new PGSimpleDataSource();
    connections.setUrl(database.url());
    connections.setUser("postgres");
    connections.setApplicationName(name);
    connections.setLoginTimeout(5);
    return connections;
  }

  private void take(Delivery delivery) {
    if (delivery instanceof Delivery.Page page) {
      page.entries().stream()
          .filter(Message.class::isInstance)
          .map(entry -> ((Message) entry).clientId())
          .forEach(texts::add);
      session.acknowledge(page.cursor());
    }
    receiver.more();
  }

  private void awaitBus(Health.Bus state) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(nodes).extracting(node -> node.health().bus()).containsOnly(state));
  }

  /** Says messages one after another, and returns how long each took from its acknowledgement. */
  private List<Long> hearInTurn(String about, int count) throws InterruptedException {
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

  @Test
  void aMessageReachesADeviceOnAnotherNodeWithoutAPoll() throws Exception {
    List<Long> micros = hearInTurn("told", 200);
    System.out.printf(
        "PostgreSQL bus: from acknowledgement to a device on another node %d us (median), %d us"
            + " (99 in 100)%n",
        micros.get(100), micros.get(198));
    assertThat(other.counters().hintsReceived()).isPositive();
    assertThat(other.counters().hintsUnreadable()).isZero();
  }

  @Test
  void afterTheServerWasKilledTheyHearEachOtherAgain() throws Exception {
    hearInTurn("before", 10);
    Draft first = Draft.text(ALICE, TALK, "first", "first");
    database.kill();
    awaitBus(Health.Bus.DOWN);
    database.startAgain();
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

  /** As when the way to the server is cut, and neither side says so. */
  @Test
  void aConnectionThatIsSilentIsGivenUpForAnother() throws Exception {
    // The one that listens is made first; the other goes on sending, so that no error tells.
    List<String> both = pids("other bus");
    assertThat(both).hasSize(2);
    List<String> halted = both.subList(0, 1);
    try {
      signal("-STOP", halted);
      await().atMost(PATIENCE).until(() -> other.health().bus() == Health.Bus.DOWN);
      await().atMost(PATIENCE).until(() -> other.health().bus() == Health.Bus.UP);
      hearInTurn("over the new one", 10);
      assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
    } finally {
      signal("-CONT", halted);
    }
  }

  private List<String> pids(String application) throws SQLException {
    try (Connection connection = connections("test").getConnection();
        Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT pid FROM pg_stat_activity WHERE application_name = '"
                    + application
                    + "' ORDER BY backend_start")) {
      List<String> pids = new ArrayList<>();
      while (found.next()) {
        pids.add(found.getString(1));
      }
      return pids;
    }
  }

  private static void signal(String name, List<String> pids)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", name));
    command.addAll(pids);
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
  }
}
