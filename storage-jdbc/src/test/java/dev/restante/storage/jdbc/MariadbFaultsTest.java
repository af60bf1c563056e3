package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.bytes;
import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static dev.restante.storage.jdbc.Rows.record;
import static dev.restante.storage.jdbc.Rows.records;
import static dev.restante.storage.jdbc.StoreRules.LOG;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Guard;
import dev.restante.storage.LogRange;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mariadb.jdbc.MariaDbDataSource;

/** What real faults of a real server become, and that the next call is none the worse for them. */
@Tag("O8")
@NeedsMariadb
class MariadbFaultsTest {
  /** For calls that end in no other way; a disk that is shared with others is forced in time. */
  private static final StoreContext IMPATIENT = new StoreContext(Duration.ofSeconds(5));

  private MariaDbDataSource admin;
  private HikariDataSource pool;
  private Store store;

  @BeforeEach
  void open() {
    admin = MariadbServer.newDatabase();
    pool = pool(true);
    JdbcStorage.on(admin).open(StoreRules.CONTEXT).close();
    store = JdbcStorage.on(pool).open(StoreRules.CONTEXT);
  }

  private void becomeImpatient() {
    store.close();
    store = JdbcStorage.on(pool).open(IMPATIENT);
  }

  private HikariDataSource pool(boolean autoCommit) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(admin);
    config.setMaximumPoolSize(1);
    config.setAutoCommit(autoCommit);
    return new HikariDataSource(config);
  }

  @AfterEach
  void close() {
    store.close();
    pool.close();
  }

  private void execute(String sql) {
    PostgresServer.execute(admin, sql);
  }

  private void killTheOthers() {
    try (Connection connection = admin.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT id FROM information_schema.processlist"
                    + " WHERE db = DATABASE() AND id <> CONNECTION_ID()")) {
      while (rows.next()) {
        execute("KILL " + rows.getLong(1));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Effect effectOf(ThrowingCallable call) {
    return catchThrowableOfType(StoreException.class, call).effect();
  }

  private CommitOutcome commit(long head) {
    return store.commit(logs(log(LOG, head, true, "x")));
  }

  private void everythingIsWellWithHead(long head) {
    assertThat(store.heads(List.of(LOG))).extracting(StreamHead::head).containsExactly(head);
    assertThat(commit(head)).isEqualTo(CommitOutcome.COMMITTED);
  }

  @Test
  void aConnectionLostBeforeCommitIsUnavailable() {
    assertThat(commit(0)).isEqualTo(CommitOutcome.COMMITTED);
    Effect effect =
        effectOf(
            () ->
                store.commitLocked(
                    List.of(LOG),
                    heads -> {
                      killTheOthers();
                      return Optional.of(logs(log(LOG, 1, false, "x")));
                    }));
    assertThat(effect).isEqualTo(Effect.UNAVAILABLE);
    everythingIsWellWithHead(1);
  }

  @Test
  void aConnectionLostWithNothingButCommitLeftIsUnknown() {
    assertThat(commit(0)).isEqualTo(CommitOutcome.COMMITTED);
    // An empty commit has no step after the plan, so that COMMIT is the first to find out.
    Effect effect =
        effectOf(
            () ->
                store.commitLocked(
                    List.of(LOG),
                    heads -> {
                      killTheOthers();
                      return Optional.of(Rows.commit(List.of(), List.of()));
                    }));
    assertThat(effect).isEqualTo(Effect.UNKNOWN);
    everythingIsWellWithHead(1);
  }

  @Test
  void aLockThatIsNotGivenIsTransient() throws SQLException {
    assertThat(commit(0)).isEqualTo(CommitOutcome.COMMITTED);
    becomeImpatient();
    try (Connection other = admin.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "INSERT INTO restante_log SELECT stream_id, 2, 2, 2, 1, '' FROM restante_log");
      assertThat(effectOf(() -> commit(1))).isEqualTo(Effect.TRANSIENT);
      other.rollback();
      statement.execute("LOCK TABLES restante_log WRITE");
      assertThat(effectOf(() -> store.readLog(new LogRange(LOG, 1, 1, false, 1, 1))))
          .isEqualTo(Effect.TRANSIENT);
      statement.execute("UNLOCK TABLES");
    }
    everythingIsWellWithHead(1);
  }

  @Test
  void aStatementThatTakesTooLongIsTransient() {
    execute("CREATE TRIGGER nap BEFORE INSERT ON restante_log FOR EACH ROW SET @nap = SLEEP(60)");
    becomeImpatient();
    assertThat(effectOf(() -> commit(0))).isEqualTo(Effect.TRANSIENT);
    execute("DROP TRIGGER nap");
    everythingIsWellWithHead(0);
  }

  @Test
  void aMissingTableIsAFault() {
    execute("DROP TABLE restante_log");
    assertThat(effectOf(() -> commit(0))).isEqualTo(Effect.FAULT);
  }

  @Test
  void connectionsGoBackAsTheyCame() throws SQLException {
    try (HikariDataSource own = pool(false);
        Store other = JdbcStorage.on(own).open(StoreRules.CONTEXT)) {
      assertThat(other.commit(logs(log(LOG, 0, true, "x")))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(other.commit(logs(log(LOG, 0, true, "x"))))
          .isInstanceOf(CommitOutcome.Conflict.class);
      other.heads(List.of(LOG));
      try (Connection connection = own.getConnection();
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT @@tx_isolation, @@max_statement_time, @@idle_transaction_timeout,"
                      + " @@innodb_lock_wait_timeout = @@global.innodb_lock_wait_timeout,"
                      + " @@autocommit")) {
        row.next();
        assertThat(connection.getNetworkTimeout()).isZero();
        assertThat(row.getString(1)).isEqualTo("REPEATABLE-READ");
        assertThat(row.getDouble(2)).isZero();
        assertThat(row.getLong(3)).isZero();
        assertThat(row.getBoolean(4)).isTrue();
        assertThat(row.getBoolean(5)).isFalse();
      }
    }
  }

  @Test
  void migratingGivesItsConnectionBackAsItCame() throws SQLException {
    try (HikariDataSource own = pool(true);
        Store other = JdbcStorage.on(own).withTablePrefix("fresh_").open(StoreRules.CONTEXT)) {
      assertThat(other.info().shared()).isTrue();
      try (Connection connection = own.getConnection();
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT @@max_statement_time + @@idle_transaction_timeout,"
                      + " IS_USED_LOCK(CONCAT('restante.', MD5(CONCAT(DATABASE(), '/fresh_'))))")) {
        row.next();
        assertThat(row.getDouble(1)).isZero();
        assertThat(row.getString(2)).isNull();
      }
    }
  }

  private static Commit changing(RecordKey key) {
    return new Commit(
        0,
        true,
        List.of(),
        List.of(),
        List.of(),
        List.of(RecordWrite.set(key, 1, bytes(""))),
        List.of());
  }

  @Test
  @Tag("G2")
  void aPausedCommitHoldsUpExclusiveOnesOfItsOwnRecordsOnly() throws SQLException {
    Map<Integer, RecordKey> byLock = new HashMap<>();
    for (int i = 0; byLock.size() < 2; i++) {
      RecordKey key = record(StreamKey.inbox("t", "user" + i), "device");
      assertThat(store.commit(records(RecordWrite.set(key, 1, bytes("")))))
          .isEqualTo(CommitOutcome.COMMITTED);
      byLock.put(GuardLocks.of(number(key.partition())), key);
    }
    List<Integer> slots = List.copyOf(byLock.keySet());
    RecordKey held = requireNonNull(byLock.get(slots.get(0)));
    RecordKey free = requireNonNull(byLock.get(slots.get(1)));
    becomeImpatient();
    try (Connection paused = admin.getConnection();
        Statement statement = paused.createStatement()) {
      paused.setAutoCommit(false);
      statement.execute(
          "SELECT slot FROM restante_guard_lock WHERE slot = %d LOCK IN SHARE MODE"
              .formatted(slots.get(0)));
      assertThat(store.commit(changing(free))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(store.commit(Rows.guarded(log(LOG, 0, true, "x"), new Guard(held, 1))))
          .isEqualTo(CommitOutcome.COMMITTED);
      assertThat(effectOf(() -> store.commit(changing(held)))).isEqualTo(Effect.TRANSIENT);
      paused.rollback();
    }
  }

  private static Commit replacing(RecordKey key, long version, long by) {
    return new Commit(
        0,
        true,
        List.of(),
        List.of(),
        List.of(),
        List.of(RecordWrite.replace(key, version, by, bytes(""))),
        List.of());
  }

  /** No connection is lost, so the store knows nothing of it and goes by what it found before. */
  @Test
  @Tag("G2")
  void whatAGuardKnowsIsWorthNothingInARestoredDatabase() {
    RecordKey key = record(StreamKey.inbox("t", "bob"), "device");
    assertThat(store.commit(records(RecordWrite.set(key, 1, bytes("")))))
        .isEqualTo(CommitOutcome.COMMITTED);
    execute("CREATE TABLE saved_lock AS SELECT * FROM restante_guard_lock");
    execute("CREATE TABLE saved_record AS SELECT * FROM restante_record");
    assertThat(store.commit(replacing(key, 1, 2))).isEqualTo(CommitOutcome.COMMITTED);
    for (long head = 0; head < 2; head++) {
      assertThat(store.commit(Rows.guarded(log(LOG, head, false, "x"), new Guard(key, 2))))
          .isEqualTo(CommitOutcome.COMMITTED);
    }
    execute("REPLACE INTO restante_guard_lock SELECT * FROM saved_lock");
    execute("REPLACE INTO restante_record SELECT * FROM saved_record");
    try (Store other = JdbcStorage.on(admin).open(StoreRules.CONTEXT)) {
      assertThat(other.commit(replacing(key, 1, 3))).isEqualTo(CommitOutcome.COMMITTED);
    }
    assertThat(store.commit(Rows.guarded(log(LOG, 2, false, "x"), new Guard(key, 2))))
        .isEqualTo(new CommitOutcome.Conflict(CommitOutcome.Cause.RECORD));
    assertThat(store.commit(Rows.guarded(log(LOG, 2, false, "x"), new Guard(key, 3))))
        .isEqualTo(CommitOutcome.COMMITTED);
  }

  private long number(StreamKey stream) throws SQLException {
    try (Connection connection = admin.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT id FROM restante_stream WHERE name = '" + stream.name() + "'")) {
      row.next();
      return row.getLong(1);
    }
  }

  /** So the driver tells of it: the reason is behind a failure of the batch that says nothing. */
  @Test
  void aConnectionThatBreaksWhileABatchIsSentIsLost() {
    SQLException broken = new SQLException("write failed", "08000");
    assertThat(
            new MariadbDialect(Opening.DEFAULT_PREFIX, StoreRules.CONTEXT.callTimeout())
                .classify(new BatchUpdateException(new int[0], broken)))
        .isEqualTo(Failure.CONNECTION);
  }
}
