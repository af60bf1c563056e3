package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.inbox;
import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static dev.restante.storage.jdbc.StoreRules.CONTEXT;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.sql.SQLException;
import java.util.List;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two real servers, one the copy of an older state of the other, behind one data source that leads
 * to either without any error: what a pool or a proxy does at a failover to a replica that was
 * behind. The heads of these commits are not verified.
 */
@Tag("S4")
class PostgresFailoverTest {
  private static final StreamKey OLD = StreamKey.log("one", "old");
  private static final StreamKey LOST = StreamKey.log("one", "lost");
  private static final StreamKey OTHER = StreamKey.log("two", "other");
  private static final StreamKey READER = StreamKey.inbox("two", "reader");
  private static final Conflict CONFLICT = new Conflict(Cause.HEAD);

  @TempDir Path folder;

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

  private static EmbeddedPostgres start(Path data) throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .start();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : (Iterable<Path>) all::iterator) {
        Files.copy(
            each,
            to.resolve(from.relativize(each)),
            java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private static List<String> texts(Store store, StreamKey log) {
    return store.readLog(new LogRange(log, 1, 99, false, 99, 9999)).rows().stream()
        .map(LogRow::payload)
        .map(Utf8::decode)
        .toList();
  }

  private static Commit referring(StreamKey to, long position) {
    return Rows.commit(
        List.of(log(to, 0, false, to.name())),
        List.of(inbox(READER, position - 1, false, InboxRow.reference(position, 7, to, 1))));
  }

  @Test
  void afterAFailoverToAnOlderStateNoStreamGoesOnInAnother() throws IOException {
    Path primary = folder.resolve("primary");
    Path replica = folder.resolve("replica");
    try (EmbeddedPostgres before = start(primary);
        Store store = JdbcStorage.on(before.getPostgresDatabase()).open(CONTEXT)) {
      assertThat(store.commit(logs(log(OLD, 0, true, "old")))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(store.commit(referring(StreamKey.log("two", "first"), 1)))
          .isEqualTo(CommitOutcome.COMMITTED);
    }
    copy(primary, replica);
    try (EmbeddedPostgres one = start(primary);
        EmbeddedPostgres two = start(replica)) {
      Switch proxy = new Switch(one.getPostgresDatabase());
      try (Store store = JdbcStorage.on(proxy).open(CONTEXT);
          Store elsewhere = JdbcStorage.on(two.getPostgresDatabase()).open(CONTEXT)) {
        // Lost at the failover, number and all; and remembered both ways by the open store.
        assertThat(store.commit(referring(LOST, 2))).isEqualTo(CommitOutcome.COMMITTED);
        assertThat(store.readInbox(READER, 0, 9, 999).items()).hasSize(2);
        assertThat(elsewhere.commit(referring(OTHER, 2))).isEqualTo(CommitOutcome.COMMITTED);
        proxy.to = two.getPostgresDatabase();

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
}
