package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.inbox;
import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static dev.restante.storage.jdbc.StoreRules.CONTEXT;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.Store;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Two real servers, one the copy of an older state of the other, behind one data source that leads
 * to either without any error: what a pool or a proxy does at a failover to a replica that was
 * behind. The heads of these commits are not verified.
 */
@Tag("S4")
class PostgresFailoverTest {
  private static final StreamKey OLD = StreamKey.log("one", "old");
  private static final StreamKey FIRST = StreamKey.log("two", "first");
  private static final StreamKey LOST = StreamKey.log("one", "lost");
  private static final StreamKey OTHER = StreamKey.log("two", "other");
  private static final StreamKey READER = StreamKey.inbox("two", "reader");
  private static final Conflict CONFLICT = new Conflict(Cause.HEAD);

  @TempDir static Path folder;

  /** The data of a server that was stopped in good order, with two messages in it. */
  private static Path before;

  /** Leads to whichever server it is told; each connection is new, so none is ever broken. */
  private static final class Switch implements DataSource {
    private volatile DataSource to;

    Switch(DataSource first) {
      to = first;
    }

    @Override
    public Connection getConnection() throws SQLException {
      return to.getConnection();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      return to.getConnection(user, password);
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
      return to.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
      to.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
      to.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
      return to.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
      return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
      return to.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
      return to.isWrapperFor(type);
    }
  }

  @BeforeAll
  static void write() throws IOException {
    before = folder.resolve("before");
    try (EmbeddedPostgres server = start(before);
        Store store = JdbcStorage.on(server.getPostgresDatabase()).open(CONTEXT)) {
      assertThat(store.commit(logs(log(OLD, 0, true, "old")))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(store.commit(referring(FIRST, 1))).isEqualTo(CommitOutcome.COMMITTED);
    }
  }

  private static EmbeddedPostgres start(Path data) throws IOException {
    return EmbeddedPostgres.builder()
        .setPGStartupWait(PostgresServer.PATIENCE)
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        // Nothing forces the log of the server to the disk but who commits.
        .setServerConfig("autovacuum", "off")
        .setServerConfig("bgwriter_lru_maxpages", "0")
        .start();
  }

  private static Path copy(String name) throws IOException {
    Path to = folder.resolve(name);
    try (Stream<Path> all = Files.walk(before)) {
      for (Path each : (Iterable<Path>) all::iterator) {
        Files.copy(
            each,
            to.resolve(before.relativize(each)),
            java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return to;
  }

  private static List<String> texts(Store store, StreamKey log) {
    return store.readLog(new LogRange(log, 1, 99, false, 99, 9999)).rows().stream()
        .map(LogRow::payload)
        .map(Utf8::decode)
        .toList();
  }

  private static List<String> said(Store store) {
    return store.readInbox(READER, 0, 9, 999).items().stream()
        .map(item -> Utf8.decode(requireNonNull(item.logRow()).payload()))
        .toList();
  }

  /** A second message in a log that is older than the failover, at the same number on each side. */
  private static Commit saying(String text) {
    return Rows.commit(
        List.of(log(FIRST, 1, false, text)),
        List.of(inbox(READER, 2, false, InboxRow.reference(3, 7, FIRST, 2))));
  }

  private static Commit referring(StreamKey to, long position) {
    return Rows.commit(
        List.of(log(to, 0, false, to.name())),
        List.of(inbox(READER, position - 1, false, InboxRow.reference(position, 7, to, 1))));
  }

  @Test
  void afterAFailoverToAnOlderStateNoStreamGoesOnInAnother() throws IOException {
    try (EmbeddedPostgres one = start(copy("primary"));
        EmbeddedPostgres two = start(copy("replica"))) {
      Switch proxy = new Switch(one.getPostgresDatabase());
      try (Store store = JdbcStorage.on(proxy).open(CONTEXT);
          Store elsewhere = JdbcStorage.on(two.getPostgresDatabase()).open(CONTEXT)) {
        // Lost at the failover, number and all; and remembered both ways by the open store, as is
        // what it said.
        assertThat(store.commit(referring(LOST, 2))).isEqualTo(CommitOutcome.COMMITTED);
        assertThat(store.commit(saying("said before"))).isEqualTo(CommitOutcome.COMMITTED);
        for (int i = 0; i < 4; i++) {
          assertThat(said(store)).containsExactly("first", "lost", "said before");
        }
        assertThat(store.messageCache().hits()).isEqualTo(3);
        assertThat(elsewhere.commit(referring(OTHER, 2))).isEqualTo(CommitOutcome.COMMITTED);
        assertThat(elsewhere.commit(saying("said after"))).isEqualTo(CommitOutcome.COMMITTED);
        proxy.to = two.getPostgresDatabase();

        assertThat(said(store)).containsExactly("first", "other", "said after");
        assertThat(store.readInbox(READER, 0, 9, 999).items().get(1).row().log()).isEqualTo(OTHER);
        proxy.to = one.getPostgresDatabase();
        assertThat(texts(store, LOST)).containsExactly("lost");
        proxy.to = two.getPostgresDatabase();
        assertThat(texts(store, LOST)).isEmpty();
        proxy.to = one.getPostgresDatabase();
        assertThat(store.heads(List.of(LOST))).extracting(StreamHead::head).containsExactly(1L);
        proxy.to = two.getPostgresDatabase();
        assertThat(store.commit(logs(log(LOST, 1, false, "x")))).isEqualTo(CONFLICT);
        assertThat(store.heads(List.of(LOST, OTHER, OLD)))
            .extracting(StreamHead::head)
            .containsExactly(0L, 1L, 1L);
        assertThat(store.commit(logs(log(LOST, 0, true, "again"))))
            .isEqualTo(CommitOutcome.COMMITTED);
        assertThat(texts(store, LOST)).containsExactly("again");
        assertThat(texts(elsewhere, OTHER)).containsExactly("other");
      }
    }
  }

  /**
   * One process of the server dies, the server recovers, and goes on as the same one. What was
   * committed without being forced to the disk, and read, is gone, and nobody who is idle notices.
   */
  @Test
  void afterACrashOfOneServerProcessNothingIsRememberedThatItTook() throws Exception {
    try (EmbeddedPostgres server = start(copy("crashing"))) {
      PGSimpleDataSource database = (PGSimpleDataSource) server.getPostgresDatabase();
      PGSimpleDataSource unforced = (PGSimpleDataSource) server.getPostgresDatabase();
      unforced.setOptions("-c synchronous_commit=off");
      try (Store store = JdbcStorage.on(database).open(CONTEXT);
          Store hasty = JdbcStorage.on(unforced).open(CONTEXT)) {
        String writer = logWriter(database).orElseThrow();
        signal("-STOP", writer);
        assertThat(hasty.commit(referring(LOST, 2))).isEqualTo(CommitOutcome.COMMITTED);
        assertThat(hasty.commit(saying("said before"))).isEqualTo(CommitOutcome.COMMITTED);
        for (Store each : List.of(store, hasty)) {
          for (int i = 0; i < 4; i++) {
            assertThat(said(each)).containsExactly("first", "lost", "said before");
          }
          assertThat(each.messageCache().hits()).isEqualTo(3);
        }
        signal("-KILL", writer);
        await()
            .ignoreExceptions()
            .until(() -> logWriter(database).filter(found -> !found.equals(writer)).isPresent());
        try (Store elsewhere = JdbcStorage.on(database).open(CONTEXT)) {
          assertThat(elsewhere.commit(referring(OTHER, 2))).isEqualTo(CommitOutcome.COMMITTED);
          assertThat(elsewhere.commit(saying("said after"))).isEqualTo(CommitOutcome.COMMITTED);
        }

        for (Store each : List.of(store, hasty)) {
          assertThat(said(each)).containsExactly("first", "other", "said after");
          assertThat(texts(each, LOST)).isEmpty();
        }
      }
    }
  }

  /** The process that forces to the disk what committed without waiting for it. */
  private static Optional<String> logWriter(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")) {
      return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
    }
  }

  private static void signal(String name, String process) throws Exception {
    assertThat(new ProcessBuilder("kill", name, process).start().waitFor()).isZero();
  }
}
