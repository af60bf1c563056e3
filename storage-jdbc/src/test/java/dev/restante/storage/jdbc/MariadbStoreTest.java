package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Durability;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

@NeedsMariadb
class MariadbStoreTest extends StoreRules {
  private static final AtomicInteger PLACES = new AtomicInteger();
  private static final int MESSAGES = 300;

  private static final class Holder {
    static final DataSource DATABASE = MariadbServer.newDatabase();
  }

  @Override
  Storage newStorage() {
    return JdbcStorage.on(Holder.DATABASE)
        .withTablePrefix("rules" + PLACES.incrementAndGet() + "_");
  }

  @Test
  void declaresWhatItIs() {
    assertThat(store.info().name()).isEqualTo("mariadb");
    assertThat(store.info().durability()).isEqualTo(Durability.LOCAL);
    assertThat(store.info().shared()).isTrue();
    assertThat(store.info().maxPayloadBytes()).isBetween(7 << 20, 8 << 20);
  }

  @Test
  void whatIsNotForcedIsVolatile() {
    PostgresServer.execute(Holder.DATABASE, "SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    try (Store other = newStorage().open(CONTEXT)) {
      assertThat(other.info().durability()).isEqualTo(Durability.VOLATILE);
    } finally {
      PostgresServer.execute(Holder.DATABASE, "SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    }
  }

  /** Rows that go one by one are right as well, and take several times as long. */
  @Test
  void aLargeCommitTakesFewStatements() throws SQLException {
    assertThat(store.commit(messages(0))).isEqualTo(CommitOutcome.COMMITTED);
    long before = statements();
    assertThat(store.commit(messages(MESSAGES))).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(statements() - before).isBetween(5L, 30L);
    List<InboxItem> items = store.readInbox(INBOX, 0, 3 * MESSAGES, Long.MAX_VALUE).items();
    assertThat(items).hasSize(2 * MESSAGES);
    for (InboxItem item : items) {
      assertThat(item.row()).usingRecursiveComparison().isEqualTo(inboxRow(item.row().position()));
    }
  }

  /** Messages of one conversation, with notes among their references. */
  private static Commit messages(int head) {
    List<LogRow> rows = new ArrayList<>();
    List<InboxRow> references = new ArrayList<>();
    List<DedupRow> dedups = new ArrayList<>();
    for (int i = head + 1; i <= head + MESSAGES; i++) {
      rows.add(Rows.logRow(i, "text " + i));
      references.add(inboxRow(i));
      dedups.add(Rows.dedup(LOG, "alice", "id " + i, 100, false));
    }
    return new Commit(
        0,
        false,
        List.of(new LogAppend(LOG, head, false, rows)),
        List.of(new InboxAppend(INBOX, head, false, references)),
        dedups,
        List.of(),
        List.of());
  }

  private static InboxRow inboxRow(long position) {
    return position % 3 == 0
        ? Rows.keyed(position, "note " + position, position % 2 == 0 ? "" : "text")
        : InboxRow.reference(position, 7, LOG, position);
  }

  private static long statements() throws SQLException {
    try (Connection connection = Holder.DATABASE.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Questions'")) {
      row.next();
      return row.getLong(2);
    }
  }
}
