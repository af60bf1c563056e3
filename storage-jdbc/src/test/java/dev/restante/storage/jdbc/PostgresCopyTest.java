package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.Store;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Commits so large that their rows go by COPY are commits like any other. */
@Tag("B1")
@Tag("C1")
class PostgresCopyTest {
  private static final int ROWS = PostgresDialect.COPY_ROWS + 50;
  private static final StreamKey LOG = StreamKey.log("t", "c");
  private static final StreamKey INBOX = StreamKey.inbox("t", "bob");

  private PGSimpleDataSource database;
  private Store store;

  @BeforeEach
  void open() {
    database = PostgresServer.newDatabase();
    store = JdbcStorage.on(database).open(StoreRules.CONTEXT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static Commit large(long logHead, long inboxHead, String clientIds) {
    List<LogRow> log = new ArrayList<>();
    List<InboxRow> inbox = new ArrayList<>();
    List<DedupRow> dedups = new ArrayList<>();
    for (int i = 1; i <= ROWS; i++) {
      byte[] payload = i % 3 == 0 ? new byte[0] : bytes("\0body\n\\. " + i);
      log.add(new LogRow(logHead + i, logHead + i, 1000 + i, 1, payload));
      InboxRow row =
          i % 5 == 0
              ? new InboxRow(inboxHead + i, 2, 1, null, 0, "key " + i, bytes("own"))
              : new InboxRow(inboxHead + i, 1, 1, LOG, logHead + i, null, new byte[0]);
      inbox.add(row);
      DedupKey key = new DedupKey(LOG, "alice", clientIds + i);
      dedups.add(new DedupRow(key, 77, logHead + i, 1000 + i, 9_000, false));
    }
    return new Commit(
        1_000,
        false,
        List.of(new LogAppend(LOG, logHead, false, log)),
        List.of(new InboxAppend(INBOX, inboxHead, false, inbox)),
        dedups,
        List.of(),
        List.of());
  }

  private static Cause cause(CommitOutcome outcome) {
    assertThat(outcome).isInstanceOf(CommitOutcome.Conflict.class);
    return ((CommitOutcome.Conflict) outcome).cause();
  }

  private void assertOnlyTheFirst() {
    assertThat(store.heads(List.of(LOG, INBOX)))
        .extracting(StreamHead::head)
        .containsExactly((long) ROWS, (long) ROWS);
  }

  @Test
  void everyValueIsWhatItWas() {
    assertThat(store.commit(large(0, 0, "a"))).isEqualTo(CommitOutcome.COMMITTED);
    List<LogRow> log =
        store.readLog(new LogRange(LOG, 1, ROWS, false, ROWS, Long.MAX_VALUE)).rows();
    assertThat(log).hasSize(ROWS);
    for (LogRow row : log) {
      long i = row.seq();
      assertThat(row.ordinal()).isEqualTo(i);
      assertThat(row.timeMillis()).isEqualTo(1000 + i);
      assertThat(row.payload()).isEqualTo(i % 3 == 0 ? new byte[0] : bytes("\0body\n\\. " + i));
    }
    InboxSlice inbox = store.readInbox(INBOX, 0, ROWS, Long.MAX_VALUE);
    assertThat(inbox.items()).hasSize(ROWS);
    assertThat(inbox.items().get(4).row().key()).isEqualTo("key 5");
    assertThat(inbox.items().get(4).row().payload()).isEqualTo(bytes("own"));
    assertThat(inbox.items().get(3).logRow()).isNotNull();
    DedupKey key = new DedupKey(LOG, "alice", "a7");
    assertThat(store.dedups(List.of(key)).get(key))
        .isEqualTo(new DedupRow(key, 77, 7, 1007, 9_000, false));
  }

  @Test
  void aConflictInAnyTableSaysWhichAndWritesNothing() {
    assertThat(store.commit(large(0, 0, "a"))).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(cause(store.commit(large(ROWS, ROWS, "a")))).isEqualTo(Cause.DUPLICATE);
    assertThat(cause(store.commit(large(ROWS - 1, ROWS, "b")))).isEqualTo(Cause.HEAD);
    assertThat(cause(store.commit(large(ROWS, ROWS - 1, "b")))).isEqualTo(Cause.HEAD);
    assertOnlyTheFirst();
    assertThat(store.commit(large(ROWS, ROWS, "b"))).isEqualTo(CommitOutcome.COMMITTED);
  }

  @Test
  void aPooledConnectionTakesThemToo() {
    try (var pool = PostgresServer.pooled(database);
        Store pooled = JdbcStorage.on(pool).open(StoreRules.CONTEXT)) {
      assertThat(pooled.commit(large(0, 0, "a"))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(cause(pooled.commit(large(ROWS, ROWS, "a")))).isEqualTo(Cause.DUPLICATE);
      assertThat(pooled.commit(large(ROWS, ROWS, "b"))).isEqualTo(CommitOutcome.COMMITTED);
    }
  }
}
