package dev.restante.crash;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.Restante;
import dev.restante.RestanteListener;
import dev.restante.RestanteOptions;
import dev.restante.TransactionalEnqueue;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.Refusal;
import dev.restante.api.UserId;
import dev.restante.api.message.DeadLetter;
import dev.restante.api.message.Enqueued;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import dev.restante.storage.Durability;
import dev.restante.storage.jdbc.JdbcStorage;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From a transaction of the host to messages in order: whole nodes, on each SQL database. */
abstract class RelayRules {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final UserId BOB = UserId.of("bob");
  private static final RestanteOptions OPTIONS =
      RestanteOptions.builder()
          .minimumDurability(Durability.VOLATILE)
          .pollInterval(Duration.ofMillis(100))
          .build();

  private final List<Restante> nodes = new ArrayList<>();
  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private final List<Refusal> told = new CopyOnWriteArrayList<>();
  private DataSource database;
  private TransactionalEnqueue<Connection> enqueue;

  abstract DataSource newDatabase();

  /** Whether several transactions may write at once. */
  boolean writesTogether() {
    return true;
  }

  /** How many transactions each of the host's threads makes. */
  int transactions() {
    return 400;
  }

  /** A pool as a host has it. */
  final HikariDataSource pool(String url, String user) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(user);
    config.setMaximumPoolSize(30);
    config.setConnectionTimeout(5000);
    config.setMinimumIdle(1);
    return closedLater(new HikariDataSource(config));
  }

  @BeforeEach
  void begin() {
    database = newDatabase();
    enqueue = TransactionalEnqueue.into(JdbcStorage.on(database).enqueueSource(), OPTIONS);
  }

  /** Has something closed after the nodes, the latest first. */
  final <T extends AutoCloseable> T closedLater(T opened) {
    toClose.addFirst(opened);
    return opened;
  }

  @AfterEach
  void close() throws Exception {
    nodes.forEach(node -> node.close(Duration.ZERO));
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  private OddSource source() {
    return new OddSource(JdbcStorage.on(database).enqueueSource());
  }

  private Restante node() {
    return node(source());
  }

  private Restante node(OddSource source) {
    Restante node =
        Restante.builder()
            .storage(JdbcStorage.on(database))
            .options(OPTIONS)
            .relayFrom(source)
            .listener(
                new RestanteListener() {
                  @Override
                  public void enqueuedRefused(@Nullable Draft draft, Refusal why) {
                    told.add(why);
                  }
                })
            .build();
    nodes.add(node);
    get(node.opened());
    // The tables may be the relay's work too; a host enqueues when they are there.
    await().atMost(LONG).until(() -> get(node.relay().deadLetters(0, 1)).isOk());
    return node;
  }

  private static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(60, SECONDS).join();
  }

  private static ConversationId with(String user) {
    return ConversationId.between(BOB, UserId.of(user));
  }

  private static Draft draft(String user, String text) {
    return Draft.text(UserId.of(user).device("server"), with(user), text, text);
  }

  private Connection transaction() throws SQLException {
    Connection connection = database.getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private void committed(String user, String... texts) throws SQLException {
    try (Connection transaction = transaction()) {
      for (String text : texts) {
        enqueue.enqueue(transaction, draft(user, text));
      }
      transaction.commit();
    }
  }

  private static List<String> texts(Restante node, ConversationId conversation) {
    List<String> texts = new ArrayList<>();
    Optional<HistoryQuery> next = Optional.of(HistoryQuery.after(conversation, 0, 1000));
    while (next.isPresent()) {
      HistoryPage page = get(node.messages().history(BOB, next.get())).orThrow();
      for (LogEntry entry : page.entries()) {
        if (entry instanceof Message message) {
          texts.add(message.body().asText());
        }
      }
      next = page.next();
    }
    return texts;
  }

  private void awaitTexts(Restante node, String user, String... expected) {
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(texts(node, with(user))).containsExactly(expected));
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long waiting() {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM restante_enqueue")) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitNoneWaits() {
    await().atMost(LONG).until(() -> waiting() == 0);
  }

  @Test
  void aMessageIsSentIfTheTransactionIsCommittedAndNeverWasIfNot() throws SQLException {
    Restante node = node();
    try (Connection transaction = transaction()) {
      Enqueued enqueued = enqueue.enqueue(transaction, draft("ann", "never"));
      assertThat(enqueued.clientId()).isEqualTo("never");
      transaction.rollback();
    }
    committed("ann", "a", "b");
    node.relay().hint();
    awaitTexts(node, "ann", "a", "b");
    awaitNoneWaits();
    committed("ann", "c");
    awaitTexts(node, "ann", "a", "b", "c");
  }

  @Test
  void aTransactionThatStaysOpenIsNotPassedByNorHoldsUpOthersWhereSeveralMayWrite()
      throws SQLException {
    Restante node = node();
    committed("cat", "before");
    try (Connection longOne = transaction()) {
      enqueue.enqueue(longOne, draft("ann", "long1"));
      for (int i = 0; writesTogether() && i < 5; i++) {
        committed("cat", "short" + i);
        awaitNoneWaits();
      }
      assertThat(texts(node, with("ann"))).isEmpty();
      enqueue.enqueue(longOne, draft("ann", "long2"));
      longOne.commit();
    }
    awaitTexts(node, "ann", "long1", "long2");
    awaitNoneWaits();
    if (writesTogether()) {
      assertThat(texts(node, with("cat")))
          .containsExactly("before", "short0", "short1", "short2", "short3", "short4");
    }
  }

  @Test
  void aRelayThatDiesBetweenSubmitAndRemovalLeadsToOneMessage() throws SQLException {
    OddSource dying = source();
    dying.diesBeforeItSettles = true;
    Restante first = node(dying);
    committed("ann", "a", "b");
    awaitTexts(first, "ann", "a", "b");
    first.close(Duration.ZERO);
    assertThat(waiting()).isEqualTo(2);
    // Its turn has passed: what would take ten seconds.
    execute("UPDATE restante_relay SET until_millis = 0");
    Restante second = node();
    committed("ann", "c");
    awaitNoneWaits();
    assertThat(texts(second, with("ann"))).containsExactly("a", "b", "c");
    assertThat(second.counters().repeats()).isEqualTo(2);
    assertThat(second.counters().accepted()).isEqualTo(1);
  }

  @Test
  void whatIsRefusedForGoodIsADeadLetter() throws SQLException {
    Restante node = node();
    UserId ann = UserId.of("ann");
    DeviceId server = ann.device("server");
    ConversationId crew = ConversationId.group("crew\u0000:\ud83d\ude00");
    get(node.conversations().create(BOB, crew, "crew", Set.of())).orThrow();
    try (Connection transaction = transaction()) {
      enqueue.enqueue(transaction, Draft.text(server, crew, "id", "hello crew"));
      enqueue.enqueue(transaction, draft("ann", "fine"));
      transaction.commit();
    }
    awaitTexts(node, "ann", "fine");
    awaitNoneWaits();
    await().atMost(LONG).until(() -> told.size() == 1);
    List<DeadLetter> letters = get(node.relay().deadLetters(0, 10)).orThrow();
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).draft()).isEqualTo(Draft.text(server, crew, "id", "hello crew"));
    assertThat(letters.get(0).why().code()).isEqualTo(Refusal.Code.NOT_A_MEMBER);
    assertThat(letters.get(0).why()).isEqualTo(told.get(0));
    get(node.conversations().add(BOB, crew, Set.of(ann))).orThrow();
    assertThat(get(node.relay().retry(letters.get(0).id())).orThrow()).isTrue();
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(texts(node, crew)).containsExactly("hello crew"));
    assertThat(get(node.relay().deadLetters(0, 10)).orThrow()).isEmpty();
  }

  @Test
  void twoRelaysSendEachMessageOnceAndInOrder() throws Exception {
    relays(false);
    assertThat(nodes.stream().mapToLong(node -> node.counters().accepted()).sum())
        .isEqualTo(4L * 2 * transactions());
  }

  /** The turns save work; what holds must hold without them. */
  @Test
  void relaysThatWaitForNoTurnDoSoToo() throws Exception {
    relays(true);
  }

  private void relays(boolean waitForNoTurn) throws Exception {
    for (int i = 0; i < 2; i++) {
      OddSource source = source();
      source.waitsForNoTurn = waitForNoTurn;
      node(source);
    }
    ExecutorService host = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        ends.add(host.submit(work("user" + i, nodes.get(i % 2))));
      }
      for (Future<?> end : ends) {
        end.get();
      }
    } finally {
      host.shutdownNow();
    }
    awaitNoneWaits();
    for (int i = 0; i < 4; i++) {
      String user = "user" + i;
      assertThat(texts(nodes.get(0), with(user)))
          .containsExactlyElementsOf(
              IntStream.range(0, 2 * transactions()).mapToObj(each -> user + "-" + each).toList());
    }
  }

  /** Two messages a transaction, and one in three transactions is rolled back first. */
  private Callable<Void> work(String user, Restante node) {
    return () -> {
      for (int i = 0; i < transactions(); i++) {
        if (i % 3 == 0) {
          try (Connection transaction = transaction()) {
            enqueue.enqueue(transaction, draft(user, "no" + i));
            transaction.rollback();
          }
        }
        committed(user, user + "-" + 2 * i, user + "-" + (2 * i + 1));
        if (i % 7 == 0) {
          node.relay().hint();
        }
      }
      return null;
    };
  }
}
