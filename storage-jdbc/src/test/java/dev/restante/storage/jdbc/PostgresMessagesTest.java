package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.bytes;
import static dev.restante.storage.jdbc.Rows.inbox;
import static dev.restante.storage.jdbc.Rows.keyed;
import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logRow;
import static dev.restante.storage.jdbc.StoreRules.CONTEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.MessageCacheCounts;
import dev.restante.storage.Store;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Messages that many read are remembered, and nobody can tell from what is read. */
@Tag("S4")
class PostgresMessagesTest {
  private static final StreamKey GROUP = StreamKey.log("t", "group");
  private static final StreamKey OTHER = StreamKey.log("t", "other");
  private static final StreamKey EMPTY = StreamKey.log("t", "empty");
  private static final List<StreamKey> MEMBERS =
      List.of(
          StreamKey.inbox("t", "ann"),
          StreamKey.inbox("t", "bob"),
          StreamKey.inbox("t", "cem"),
          StreamKey.inbox("t", "dan"));

  private HikariDataSource database;
  private Store store;

  @BeforeEach
  void open() {
    database = PostgresServer.pooled(PostgresServer.newDatabase());
    store = JdbcStorage.on(database).open(CONTEXT);
  }

  @AfterEach
  void close() {
    store.close();
    database.close();
  }

  private Store without() {
    return JdbcStorage.on(database).withCachedMessageBytes(0).open(CONTEXT);
  }

  /** Says it in the group, and refers to it in each member's inbox. */
  private void say(String... texts) {
    List<InboxAppend> inboxes = new ArrayList<>();
    for (StreamKey member : MEMBERS) {
      InboxRow[] rows = new InboxRow[texts.length];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = InboxRow.reference(i + 1L, 7, GROUP, i + 1L);
      }
      inboxes.add(inbox(member, 0, true, rows));
    }
    committed(List.of(log(GROUP, 0, true, texts)), inboxes);
  }

  private void committed(List<LogAppend> logs, List<InboxAppend> inboxes) {
    assertThat(store.commit(Rows.commit(logs, inboxes))).isEqualTo(CommitOutcome.COMMITTED);
  }

  private static List<String> read(Store from, StreamKey inbox) {
    return texts(from.readInbox(inbox, 0, 99, 99_999));
  }

  private static List<String> texts(InboxSlice slice) {
    return slice.items().stream()
        .map(InboxItem::logRow)
        .map(row -> row == null ? "gone" : Utf8.decode(row.payload()))
        .toList();
  }

  /** Everybody reads: from the second time on messages stay, and the last one met them. */
  private void allRead(String... texts) {
    for (StreamKey member : MEMBERS) {
      assertThat(read(store, member)).containsExactly(texts);
    }
  }

  /** To ask when the server last recovered would have each transaction copy all statistics. */
  @Test
  void whereACrashIsDearToTellNothingIsRemembered() {
    PostgresServer.execute(
        database,
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET stats_fetch_consistency = snapshot',"
            + " current_database()); END $$");
    // Of the other pool a connection may be in the making that does not know of it.
    try (HikariDataSource since = PostgresServer.pooled(database.getDataSource());
        Store other = JdbcStorage.on(since).open(CONTEXT)) {
      say("one", "two");
      for (int i = 0; i < 3; i++) {
        MEMBERS.forEach(member -> assertThat(read(other, member)).containsExactly("one", "two"));
      }
      assertThat(other.messageCache()).isEqualTo(MessageCacheCounts.NONE);
    }
  }

  @Test
  void whatWasReadTwiceIsNotLookedUpAgain() {
    say("one", "two");
    allRead("one", "two");
    MessageCacheCounts before = store.messageCache();
    assertThat(before.misses()).isEqualTo(8);
    assertThat(before.hits()).isZero();
    // Nobody else does that; it shows where an answer comes from.
    PostgresServer.execute(database, "UPDATE restante_log SET payload = 'changed'");

    assertThat(read(store, MEMBERS.get(3))).containsExactly("one", "two");
    assertThat(store.messageCache()).isEqualTo(new MessageCacheCounts(2, 8));
    try (Store none = without()) {
      for (int i = 0; i < 3; i++) {
        MEMBERS.forEach(
            member -> assertThat(read(none, member)).containsExactly("changed", "changed"));
      }
      assertThat(none.messageCache()).isEqualTo(MessageCacheCounts.NONE);
    }
  }

  @Test
  void whatWasTrimmedElsewhereDoesNotComeBack() {
    say("one", "two", "three");
    allRead("one", "two", "three");
    assertThat(read(store, MEMBERS.get(3))).containsExactly("one", "two", "three");
    try (Store elsewhere = without()) {
      assertThat(elsewhere.trim(List.of(new Trim(GROUP, 2)), 9)).containsExactly(2L);
    }

    assertThat(read(store, MEMBERS.get(3))).containsExactly("gone", "gone", "three");
    assertThat(store.messageCache().hits()).isEqualTo(4);
  }

  /** Page by page, of any size, and with everything in it that a row can be. */
  @Test
  void pagesAreThoseThatWouldBeReadWithoutIt() {
    String large = "x".repeat(KnownMessages.LARGEST_PAYLOAD_BYTES + 1);
    StreamKey reader = MEMBERS.get(0);
    InboxRow both = new InboxRow(5, 7, 1, OTHER, 2, null, bytes("own"));
    committed(
        List.of(
            log(GROUP, 0, true, "one", "two", large, "four"),
            new LogAppend(OTHER, 0, true, List.of(logRow(1, ""), logRow(2, "second")))),
        List.of(
            inbox(
                reader,
                0,
                true,
                InboxRow.reference(1, 7, GROUP, 1),
                keyed(2, "key", "note"),
                InboxRow.reference(3, 7, GROUP, 3),
                InboxRow.reference(4, 7, OTHER, 1),
                both,
                InboxRow.reference(6, 7, EMPTY, 1),
                InboxRow.reference(7, 7, GROUP, 2),
                new InboxRow(8, 7, 1, null, 0, null, bytes(large)),
                InboxRow.reference(9, 7, GROUP, 4))));
    for (int i = 0; i < 3; i++) {
      store.readInbox(reader, 0, 7, 99_999); // all but the last
    }
    long lookedUp = store.messageCache().misses();

    try (Store none = without()) {
      for (int limit : List.of(1, 2, 4, 8, 9)) {
        for (int maxBytes : List.of(1, 3, 7, 20_000, 99_999)) {
          for (long after : List.of(0L, 2L, 3L, 6L)) {
            assertThat(store.readInbox(reader, after, limit, maxBytes))
                .as("after %d, %d rows, %d bytes", after, limit, maxBytes)
                .usingRecursiveComparison()
                .isEqualTo(none.readInbox(reader, after, limit, maxBytes));
          }
        }
      }
    }
    assertThat(store.messageCache().hits()).isGreaterThan(100);
    assertThat(store.messageCache().misses()).isGreaterThan(lookedUp);
  }

  /** Whoever asks for one row wants to know whether the store still has it. */
  @Test
  void aSingleRowIsReadFromTheStore() {
    say("one", "two");
    allRead("one", "two");
    PostgresServer.execute(database, "UPDATE restante_log SET payload = 'changed'");
    StreamKey reader = MEMBERS.get(3);
    assertThat(texts(store.readInbox(reader, 0, 1, 99_999))).containsExactly("changed");
    assertThat(texts(store.readInbox(reader, 0, 2, 99_999))).containsExactly("one", "two");
  }

  /** The logs are those of another state, whatever the numbers of the streams are. */
  @Test
  void logsThatWereRestoredAreOtherLogs() throws SQLException {
    say("one", "two");
    allRead("one", "two");
    try (Connection restoring = database.getConnection()) {
      restoring.setAutoCommit(false);
      restoreLogs(restoring);
      restoring.commit();
    }
    assertThat(read(store, MEMBERS.get(3))).containsExactly("x1", "x2");
  }

  /** As they might have been: {@code x1}, {@code x2} and so on. */
  private static void restoreLogs(Connection restoring) throws SQLException {
    execute(
        restoring,
        "CREATE TEMP TABLE was ON COMMIT DROP AS SELECT stream_id, seq FROM restante_log");
    execute(restoring, "TRUNCATE restante_log");
    execute(
        restoring,
        "INSERT INTO restante_log"
            + " SELECT stream_id, seq, 1, 1, 1, convert_to('x' || seq, 'UTF8') FROM was");
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Between the two statements of one text, so that only the second one can tell. */
  @Test
  void whatIsRestoredWhileAPageIsReadIsNotMixedIntoIt() throws Exception {
    say("one", "two");
    allRead("one", "two");
    assertReadAfter("LOCK TABLE restante_inbox IN ACCESS EXCLUSIVE MODE", "x1", "x2");
  }

  @Test
  void whatIsRestoredWhileMessagesAreLookedUpIsNotMixedWithThoseThatAreKnown() throws Exception {
    say("one", "two");
    allRead("one", "two");
    committed(
        List.of(log(GROUP, 2, false, "three")),
        List.of(inbox(MEMBERS.get(3), 2, false, InboxRow.reference(3, 7, GROUP, 3))));
    assertReadAfter("SELECT 1", "x1", "x2", "x3");
  }

  /** Reads while other logs are restored, and meets a lock of that behind its first question. */
  private void assertReadAfter(String lock, String... texts) throws Exception {
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try (Connection restoring = database.getConnection()) {
      restoring.setAutoCommit(false);
      restoreLogs(restoring);
      execute(restoring, lock);
      Future<List<String>> read = reader.submit(() -> read(store, MEMBERS.get(3)));
      await().until(this::somebodyWaits);
      restoring.commit();
      assertThat(read.get(9, TimeUnit.SECONDS)).containsExactly(texts);
    } finally {
      reader.shutdown();
    }
  }

  private boolean somebodyWaits() throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                    + " WHERE NOT l.granted AND d.datname = current_database())")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  @Test
  void onlyMessagesOfThePageAreCounted() {
    say("one", "two", "three");
    allRead("one", "two", "three");
    StreamKey reader = MEMBERS.get(3);
    assertThat(store.messageCache()).isEqualTo(new MessageCacheCounts(0, 12));
    assertThat(texts(store.readInbox(reader, 0, 2, 99_999))).containsExactly("one", "two");
    assertThat(store.messageCache()).isEqualTo(new MessageCacheCounts(2, 12));
    assertThat(texts(store.readInbox(reader, 0, 9, 4))).containsExactly("one");
    assertThat(store.messageCache()).isEqualTo(new MessageCacheCounts(3, 12));
    committed(
        List.of(log(GROUP, 3, false, "four", "five")),
        List.of(
            inbox(
                reader,
                3,
                false,
                InboxRow.reference(4, 7, GROUP, 4),
                InboxRow.reference(5, 7, GROUP, 5))));
    assertThat(texts(store.readInbox(reader, 2, 2, 99_999))).containsExactly("three", "four");
    assertThat(store.messageCache()).isEqualTo(new MessageCacheCounts(4, 13));
  }

  /** What is fetched by itself may be anything: it is not asked again from where it comes. */
  @Test
  void whatWasHeldBackIsNotRemembered() {
    say("x".repeat(KnownMessages.LARGEST_PAYLOAD_BYTES + 1));
    store.close();
    store = JdbcStorage.on(shrinking(DataSource.class, database)).open(CONTEXT);
    for (int i = 0; i < 4; i++) {
      assertThat(read(store, MEMBERS.get(0))).containsExactly("small");
    }
    assertThat(store.messageCache()).isEqualTo(new MessageCacheCounts(0, 4));
    assertThat(read(store, MEMBERS.get(0))).containsExactly("small");
    assertThat(store.messageCache()).isEqualTo(new MessageCacheCounts(1, 4));
  }

  /** Changes each message when one is about to be fetched by itself. */
  private <T> T shrinking(Class<T> type, T real) {
    InvocationHandler handler =
        (self, method, arguments) -> {
          if (method.getName().equals("prepareStatement")
              && arguments[0].toString().startsWith("SELECT payload FROM restante_log")) {
            PostgresServer.execute(database, "UPDATE restante_log SET payload = 'small'");
          }
          Object result = method.invoke(real, arguments);
          return type == DataSource.class && result instanceof Connection connection
              ? shrinking(Connection.class, connection)
              : result;
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Test
  void lessThanNothingIsNoSize() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JdbcStorage.on(database).withCachedMessageBytes(-1))
        .withMessageContaining("-1");
  }

  /** A page of more than one lot. */
  @Test
  void aLongPageIsWhole() {
    String[] texts = new String[2 * Page.LOT + 10];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = "text " + i;
    }
    say(texts);
    for (int i = 0; i < 2; i++) {
      for (StreamKey member : MEMBERS) {
        List<LogRow> rows =
            store.readInbox(member, 0, Integer.MAX_VALUE, Long.MAX_VALUE).items().stream()
                .map(InboxItem::logRow)
                .toList();
        assertThat(rows).extracting(row -> Utf8.decode(row.payload())).containsExactly(texts);
      }
    }
    assertThat(store.messageCache().hits()).isGreaterThanOrEqualTo(texts.length);
  }
}
