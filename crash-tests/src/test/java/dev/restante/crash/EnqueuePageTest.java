package dev.restante.crash;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.Restante;
import dev.restante.RestanteOptions;
import dev.restante.TransactionalEnqueue;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.UserId;
import dev.restante.storage.EnqueueSource;
import dev.restante.storage.StoreContext;
import dev.restante.storage.jdbc.JdbcStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** The program of the page on transactional enqueue does what the page says. */
final class EnqueuePageTest {
  private static final Path HERE =
      Path.of("src", "test", "java", "dev", "restante", "crash", "EnqueuePageTest.java");
  private static final Path PAGE = Path.of("..", "docs", "transactional-enqueue.md");

  @TempDir private Path folder;

  private record Order(String messageId) {}

  private static final class Orders {
    void insert(Connection connection, Order order) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("CREATE TABLE orders (message_id TEXT)");
        statement.execute("INSERT INTO orders VALUES ('" + order.messageId() + "')");
      }
    }
  }

  @Test
  void theProgramRuns() throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.setBusyTimeout(30_000);
    SQLiteDataSource file = new SQLiteDataSource(config);
    file.setUrl("jdbc:sqlite:" + folder.resolve("host.db"));
    try (Restante restante = program(file, new Orders(), new Order("order-1"))) {
      await().atMost(60, SECONDS).until(() -> restante.counters().relayed() == 1);
      assertThat(restante.counters().accepted()).isEqualTo(1);
    }
  }

  private static Restante program(DataSource dataSource, Orders orders, Order order)
      throws SQLException {
    DeviceId shop = UserId.of("shop").device("server");
    ConversationId conversation = ConversationId.between(shop.user(), UserId.of("ann"));
    // The tables are there when a host enqueues: made by hand, or by a node that was started
    // before.
    StoreContext context = new StoreContext(Duration.ofSeconds(10));
    JdbcStorage.on(dataSource).enqueueSource().open(context).close();
    // the page begins
    JdbcStorage storage = JdbcStorage.on(dataSource);
    EnqueueSource<Connection> source = storage.enqueueSource();
    RestanteOptions options = RestanteOptions.defaults();
    Restante restante =
        Restante.builder().storage(storage).options(options).relayFrom(source).build();

    // anywhere in the host, also in a program without a node
    TransactionalEnqueue<Connection> messages = TransactionalEnqueue.into(source, options);

    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      orders.insert(connection, order);
      messages.enqueue(connection, Draft.text(shop, conversation, order.messageId(), "Thank you!"));
      connection.commit();
    }
    restante.relay().hint(); // if it is in a hurry
    // the page ends
    return restante;
  }

  @Test
  void thePageShowsThisProgram() throws IOException {
    List<String> here =
        Files.readAllLines(HERE).stream()
            .map(String::strip)
            .dropWhile(line -> !line.equals("// the page begins"))
            .skip(1)
            .takeWhile(line -> !line.equals("// the page ends"))
            .toList();
    List<String> page =
        Files.readAllLines(PAGE).stream()
            .dropWhile(line -> !line.equals("```java"))
            .skip(1)
            .takeWhile(line -> !line.equals("```"))
            .map(String::strip)
            .toList();
    assertThat(here).hasSizeGreaterThan(10);
    assertThat(page).isEqualTo(here);
  }
}
