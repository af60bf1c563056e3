package dev.restante.storage.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;

/** What a bus on PostgreSQL does when connections break, and what it leaves behind. */
@Tag("O6")
@Timeout(120)
final class PostgresBusTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final byte[] MESSAGE = {1, 0, -1, 127};

  /** What the two connections of a link did last, in the order in which they were made. */
  private static final String LINKS =
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
          + " AND application_name = 'bus' ORDER BY backend_start";

  private final PGSimpleDataSource plain = PostgresServer.newDatabase();
  private final PGSimpleDataSource data = named(plain);
  private final PostgresBus bus = PostgresBus.on(data);
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

  private static PGSimpleDataSource named(PGSimpleDataSource like) {
    PGSimpleDataSource named = new PGSimpleDataSource();
    named.setUrl(like.getUrl());
    named.setUser(like.getUser());
    named.setApplicationName("bus");
    return named;
  }

  @AfterEach
  void nothingIsLeft() {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(pids()).isEmpty());
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("restante-bus-listener")));
  }

  private List<String> pids() throws SQLException {
    return column(LINKS);
  }

  private List<String> column(String query) throws SQLException {
    try (Connection connection = plain.getConnection();
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(query)) {
      List<String> all = new java.util.ArrayList<>();
      while (found.next()) {
        all.add(found.getString(1));
      }
      return all;
    }
  }

  private byte[] next() throws InterruptedException {
    byte[] message = heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(message).isNotNull();
    return message;
  }

  private static void signal(String name, String pid) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("kill", name, pid).start().waitFor()).isZero();
  }

  @Test
  void aChannelIsAPlainName() {
    for (String name : List.of("", "1a", "a-b", "A", "a b", "a\"b", "é", "x".repeat(64))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> bus.withChannel(name))
          .withMessageContaining("1 to 63")
          .withMessageEndingWith(name);
    }
    assertThat(bus.withChannel("x".repeat(63)).description()).contains("x".repeat(63));
  }

  @Test
  void aServerThatIsNotThereIsSaidAtOnce() {
    PGSimpleDataSource nowhere = named(plain);
    nowhere.setPortNumbers(new int[] {1});
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> PostgresBus.on(nowhere).connect(ear))
        .withMessageContaining("refused");
  }

  @Test
  void anotherKindOfDatabaseIsSaidAtOnce() {
    org.sqlite.SQLiteDataSource sqlite = new org.sqlite.SQLiteDataSource();
    sqlite.setUrl("jdbc:sqlite::memory:");
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> PostgresBus.on(sqlite).connect(ear));
  }

  @Test
  void whenTheListeningConnectionEndsThatIsTold() throws Exception {
    try (BusLink link = bus.connect(ear)) {
      column("SELECT pg_terminate_backend(" + pids().get(0) + ")");
      assertThat(losses.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isNotNull();
      assertThat(link.maxMessageBytes()).isPositive();
    }
  }

  @Test
  void whenTheSendingConnectionEndsTheNextMessageSaysSo() throws Exception {
    try (BusLink link = bus.connect(ear)) {
      column("SELECT pg_terminate_backend(" + pids().get(1) + ")");
      await().atMost(PATIENCE).until(() -> pids().size() == 1);
      assertThatExceptionOfType(BusException.class).isThrownBy(() -> link.send(MESSAGE));
    }
    assertThat(losses).isEmpty();
  }

  /** A server process that is there and does nothing any more, as behind a cable that was cut. */
  @Test
  void aServerThatIsSilentHoldsNobodyUp() throws Exception {
    List<String> halted;
    try (BusLink link = bus.connect(ear)) {
      halted = pids();
      for (String pid : halted) {
        signal("-STOP", pid);
      }
      assertThatExceptionOfType(BusException.class).isThrownBy(() -> link.send(MESSAGE));
    } finally {
      for (String pid : pids()) {
        signal("-CONT", pid);
      }
    }
    assertThat(halted).hasSize(2);
    assertThat(losses).as("who closes is not told of a loss").isEmpty();
  }

  /** Anybody may notify; the core decides what it is. */
  @Test
  void whatIsNoMessageIsHandedOnAndHarmsNothing() throws Exception {
    try (BusLink link = bus.connect(ear)) {
      for (String payload : List.of("no message!", "é", "=", "a")) {
        PostgresServer.execute(plain, "NOTIFY restante_hints, '" + payload + "'");
        assertThat(next()).isEqualTo(payload.getBytes(UTF_8));
      }
      PostgresServer.execute(plain, "NOTIFY restante_hints");
      assertThat(next()).isEmpty();
      link.send(MESSAGE);
      assertThat(next()).isEqualTo(MESSAGE);
    }
    assertThat(losses).isEmpty();
  }

  /** A pool that gives connections back to others must get none that waits or does not force. */
  @Test
  void aPoolGetsNoConnectionBackThatIsNotAsItWas() throws Exception {
    try (HikariDataSource pool = PostgresServer.pooled(data)) {
      pool.setMaximumPoolSize(2);
      PostgresBus pooled = PostgresBus.on(pool);
      for (int i = 0; i < 10; i++) {
        try (BusLink link = pooled.connect(ear)) {
          link.send(MESSAGE);
          assertThat(next()).isEqualTo(MESSAGE);
        }
        try (Connection connection = pool.getConnection();
            Statement statement = connection.createStatement();
            ResultSet found =
                statement.executeQuery(
                    "SELECT current_setting('synchronous_commit'),"
                        + " (SELECT count(*) FROM pg_listening_channels())")) {
          assertThat(found.next()).isTrue();
          assertThat(found.getString(1)).isEqualTo("on");
          assertThat(found.getInt(2)).isZero();
        }
      }
    }
  }

  /** As a pooler may give the session to somebody else whose commits are to last. */
  @Test
  void theSessionThatSentForcesItsCommits() throws Exception {
    try (Connection connection = data.getConnection()) {
      PostgresBus.tell(connection, "restante_hints", MESSAGE);
      try (Statement statement = connection.createStatement();
          ResultSet found = statement.executeQuery("SHOW synchronous_commit")) {
        assertThat(found.next()).isTrue();
        assertThat(found.getString(1)).isEqualTo("on");
      }
    }
  }

  /** HikariCP warns of one that is broken when it is closed: at each end of each node. */
  @Test
  void aPoolIsToldWhichConnectionsAreGone() throws SQLException {
    AtomicInteger evicted = new AtomicInteger();
    try (HikariDataSource pool =
        new HikariDataSource() {
          @Override
          public void evictConnection(Connection connection) {
            evicted.incrementAndGet();
            super.evictConnection(connection);
          }
        }) {
      pool.setDataSource(data);
      pool.setMaximumPoolSize(2);
      PostgresBus.on(pool).connect(ear).close();
      assertThat(evicted).hasValue(2);
      try (Connection one = pool.getConnection();
          Connection other = pool.getConnection()) {
        assertThat(one.isValid(5)).isTrue();
        assertThat(other.isValid(5)).isTrue();
      }
    }
  }
}
