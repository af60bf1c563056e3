package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.bytes;
import static dev.restante.storage.jdbc.Rows.guarded;
import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static dev.restante.storage.jdbc.Rows.record;
import static dev.restante.storage.jdbc.Rows.records;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.Guard;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StreamKey;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;

/** Two nodes that make locked commits in turns. */
@Tag("O6")
@Timeout(60)
class PostgresTurnsTest {
  /** A time-out within which the tests' waits end, and which no quick call meets. */
  private static final Duration LIMIT = Duration.ofSeconds(12);

  private static final StreamKey LOG = StreamKey.log("t", "c");
  private static final StreamKey OTHER = StreamKey.log("t", "d");
  private static final RecordKey RECORD = record(StreamKey.inbox("t", "user"), "device");
  private static final CommitOutcome CONFLICT = new Conflict(Cause.HEAD);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private PGSimpleDataSource database;
  private Store one;
  private Store two;

  /** What the last commit that was made meanwhile came to. */
  private CommitOutcome toOther = CONFLICT;

  /** The head that the last plan was told. */
  private final AtomicLong told = new AtomicLong();

  @BeforeEach
  void open() {
    database = PostgresServer.newDatabase();
    one = JdbcStorage.on(database).open(new StoreContext(LIMIT));
    two = JdbcStorage.on(database).open(new StoreContext(LIMIT));
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    one.close();
    two.close();
  }

  /** One row more, in a locked commit. */
  private CommitOutcome locked(Store store, StreamKey log, Guard... guards) {
    return store.commitLocked(
        List.of(log),
        heads -> {
          long head = requireNonNull(heads.get(log)).head();
          told.set(head);
          return Optional.of(guarded(log(log, head, false, "x"), guards));
        });
  }

  private void assertLocked(Store store, long atHead) {
    assertThat(locked(store, LOG)).isInstanceOf(CommitOutcome.Committed.class);
    assertThat(told).hasValue(atHead);
  }

  private void execute(String sql) {
    PostgresServer.execute(database, sql);
  }

  private long notes() throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM restante_moved")) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void whatTheOthersDidIsReadFromTheirNotes() {
    assertLocked(one, 0);
    assertLocked(two, 1);
    assertLocked(one, 2);
    assertLocked(two, 3);
    // Nobody looks where a note says something, or does not.
    execute("UPDATE restante_moved SET heads = ''");
    assertThat(locked(one, LOG)).isEqualTo(CONFLICT);
    assertThat(told).hasValue(3);
    assertLocked(one, 4);
  }

  @Test
  void whoeverMissedNotesLooks() {
    assertLocked(one, 0);
    assertLocked(two, 1);
    execute("DELETE FROM restante_moved");
    assertLocked(one, 2);
    assertLocked(two, 3);
    assertLocked(two, 4);
    execute("DELETE FROM restante_moved WHERE n < (SELECT max(n) FROM restante_moved)");
    assertLocked(one, 5);
  }

  /** Its number is given to a note of the next turn. */
  @Test
  void aNoteOfACommitThatFailedIsNoNote() {
    assertThat(one.commit(records(RecordWrite.set(RECORD, 1, bytes("")))))
        .isEqualTo(CommitOutcome.COMMITTED);
    assertLocked(two, 0);
    assertLocked(one, 1);
    assertThat(locked(one, OTHER, new Guard(RECORD, 7))).isEqualTo(new Conflict(Cause.RECORD));
    assertLocked(two, 2);
    assertLocked(one, 3);
  }

  @Test
  void whatThisNodeWroteOutsideOfItsTurnsIsLookedUp() {
    assertLocked(one, 0);
    assertThat(one.commit(logs(log(LOG, 1, false, "y")))).isEqualTo(CommitOutcome.COMMITTED);
    assertLocked(one, 2);
  }

  @Test
  void whatAnotherWroteOutsideOfItsTurnsCostsOneConflict() {
    assertLocked(one, 0);
    assertThat(locked(one, OTHER)).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(two.commit(logs(log(LOG, 1, true, "y"), log(OTHER, 1, true, "y"))))
        .isEqualTo(CommitOutcome.COMMITTED);
    assertThat(locked(one, LOG)).isEqualTo(CONFLICT);
    assertLocked(one, 2);
    assertThat(locked(one, OTHER)).isEqualTo(CommitOutcome.COMMITTED);
  }

  /**
   * He has no reason to take turns, since he is always quicker: of two commits that meet it is the
   * one in a turn that was written for nothing.
   */
  @Test
  void whoeverWasOutrunByOneOutsideOfTurnsHasTheNextTurnAlone() {
    assertThat(locked(one, LOG, () -> outside(two, LOG, 0))).isEqualTo(CONFLICT);
    assertThat(toOther).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(locked(one, LOG, () -> outside(two, LOG, 1))).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(toOther).isEqualTo(CONFLICT);
    assertThat(locked(one, OTHER, () -> outside(two, LOG, 2))).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(toOther).isEqualTo(CommitOutcome.COMMITTED);
    // What appends nothing is in nobody's way.
    assertThat(locked(one, LOG, () -> outside(two, LOG, 3))).isEqualTo(CONFLICT);
    assertThat(
            locked(
                one,
                LOG,
                () -> toOther = two.commit(records(RecordWrite.set(RECORD, 1, bytes(""))))))
        .isEqualTo(CommitOutcome.COMMITTED);
    assertThat(toOther).isEqualTo(CommitOutcome.COMMITTED);
  }

  private CommitOutcome locked(Store store, StreamKey log, Runnable meanwhile) {
    return store.commitLocked(
        List.of(log),
        heads -> {
          meanwhile.run();
          return Optional.of(guarded(log(log, requireNonNull(heads.get(log)).head(), false, "x")));
        });
  }

  private void outside(Store store, StreamKey log, long head) {
    toOther = store.commit(logs(log(log, head, true, "y")));
  }

  /** The heads that are known are those of a database that is not there any more. */
  @Test
  void aDatabaseThatIsExchangedIsLookedAt() {
    assertLocked(one, 0);
    assertLocked(one, 1);
    execute(
        "TRUNCATE restante_stream, restante_log, restante_dedup, restante_floor RESTART IDENTITY");
    assertThat(locked(one, LOG)).isEqualTo(CONFLICT);
    assertLocked(one, 0);
  }

  @Test
  void oldNotesAreRemoved() throws SQLException {
    execute(
        "INSERT INTO restante_moved SELECT n, '' FROM generate_series(1, %d) n"
            .formatted(3 * Turns.KEPT_NOTES));
    assertLocked(one, 0);
    assertThat(notes()).isBetween((long) Turns.KEPT_NOTES, Turns.KEPT_NOTES + 2L);
  }

  /** A crash empties the table, and numbers begin anew. */
  @Test
  void soAreThoseThatCameAfterNumbersBeganAnew() throws SQLException {
    execute("INSERT INTO restante_moved VALUES (%d, '')".formatted(100L * Turns.KEPT_NOTES));
    assertLocked(one, 0);
    execute("TRUNCATE restante_moved");
    assertLocked(one, 1);
    execute(
        "INSERT INTO restante_moved SELECT n, '' FROM generate_series(100, %d) n"
            .formatted(3 * Turns.KEPT_NOTES));
    assertLocked(one, 2);
    assertThat(notes()).isBetween((long) Turns.KEPT_NOTES, Turns.KEPT_NOTES + 2L);
  }

  /** From now on the first node does not lose its turn, however long it stands still. */
  private void nobodyLosesHisTurn() {
    one.close();
    one = JdbcStorage.on(patient(DataSource.class, database)).open(new StoreContext(LIMIT));
  }

  /** A server that puts up with idle transactions. */
  private static <T> T patient(Class<T> type, T real) {
    InvocationHandler handler =
        (self, method, arguments) -> {
          if (arguments != null && arguments[0] instanceof String sql) {
            arguments[0] =
                sql.replaceAll("('idle_in_transaction_session_timeout', )'\\d+'", "$1'0'");
          }
          try {
            Object result = method.invoke(real, arguments);
            return type == DataSource.class && result instanceof Connection connection
                ? patient(Connection.class, connection)
                : result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** They are removed in the turn's own transaction. */
  @Test
  void soAreThoseThatCameBackWithATurnThatWasLost() throws Exception {
    execute(
        "INSERT INTO restante_moved SELECT n, '' FROM generate_series(1, %d) n"
            .formatted(3 * Turns.KEPT_NOTES));
    Standing standing = new Standing(one, LOG);
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            + " AND classid = "
            + PostgresDialect.LOCK_SPACE_TURN);
    standing.go.countDown();
    assertThat(standing.outcome.get()).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(notes()).isGreaterThan(2L * Turns.KEPT_NOTES);
    assertLocked(one, 1);
    // Numbers are left out where a turn begins.
    assertThat(notes()).isBetween(Turns.KEPT_NOTES - 32L, Turns.KEPT_NOTES + 2L);
  }

  /** A commit that stands still with its locks, until it is let go. */
  private final class Standing {
    final CountDownLatch in = new CountDownLatch(1);
    final CountDownLatch go = new CountDownLatch(1);
    final CompletableFuture<CommitOutcome> outcome;

    Standing(Store store, StreamKey log) throws InterruptedException {
      outcome =
          CompletableFuture.supplyAsync(
              () ->
                  store.commitLocked(
                      List.of(log),
                      heads -> {
                        in.countDown();
                        await(go);
                        return Optional.of(
                            logs(log(log, requireNonNull(heads.get(log)).head(), false, "s")));
                      }),
              threads);
      assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void commitsOfOneNodeGoSideBySideUnlessTheyShareAStream() throws Exception {
    nobodyLosesHisTurn();
    Standing standing = new Standing(one, LOG);
    CompletableFuture<CommitOutcome> same =
        CompletableFuture.supplyAsync(() -> locked(one, LOG), threads);
    assertThat(locked(one, OTHER)).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(same).isNotDone();
    standing.go.countDown();
    assertThat(standing.outcome.get()).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(same.get()).isEqualTo(CommitOutcome.COMMITTED);
  }

  @Test
  void whoeverHadToWaitForSomebodyOnTheSameStreamSaysSo() throws Exception {
    nobodyLosesHisTurn();
    assertLocked(one, 0);
    assertLocked(two, 1);
    assertThat(afterWaitingFor(LOG)).isEqualTo(new CommitOutcome.Committed(true));
    assertThat(told).hasValue(3);
    // What was written before the wait began is not what was waited for.
    assertLocked(one, 4);
    assertThat(afterWaitingFor(OTHER)).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(told).hasValue(5);
    assertThat(locked(two, LOG)).isEqualTo(CommitOutcome.COMMITTED);
  }

  @Test
  void soDoesWhoeverDoesNotReadWhatWasNotedBefore() throws Exception {
    nobodyLosesHisTurn();
    assertLocked(one, 0);
    assertLocked(two, 1);
    outside(two, OTHER, 0);
    assertThat(afterWaitingFor(LOG)).isEqualTo(new CommitOutcome.Committed(true));
    assertThat(told).hasValue(3);
    assertLocked(one, 4);
    outside(two, OTHER, 1);
    assertThat(afterWaitingFor(OTHER)).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(told).hasValue(5);
  }

  @Test
  void eachCommitOfATurnThatWasWaitedForSaysSo() throws Exception {
    nobodyLosesHisTurn();
    assertLocked(one, 0);
    Standing standing = new Standing(one, LOG);
    CompletableFuture<CommitOutcome> waiting =
        CompletableFuture.supplyAsync(() -> locked(two, LOG), threads);
    awaitOneWaiting();
    // Both of one turn, since each waits for it by then.
    AtomicReference<Thread> thread = new AtomicReference<>();
    CompletableFuture<CommitOutcome> second =
        CompletableFuture.supplyAsync(
            () -> {
              thread.set(Thread.currentThread());
              return locked(two, LOG);
            },
            threads);
    awaitStandstill(thread);
    standing.go.countDown();
    assertThat(waiting.get()).isEqualTo(new CommitOutcome.Committed(true));
    assertThat(second.get()).isEqualTo(new CommitOutcome.Committed(true));
  }

  /** What the second node's commit to the one log comes to while the first is at another. */
  private CommitOutcome afterWaitingFor(StreamKey log) throws Exception {
    Standing standing = new Standing(one, log);
    CompletableFuture<CommitOutcome> waiting =
        CompletableFuture.supplyAsync(() -> locked(two, LOG), threads);
    awaitOneWaiting();
    standing.go.countDown();
    assertThat(standing.outcome.get()).isEqualTo(CommitOutcome.COMMITTED);
    return waiting.get();
  }

  private static void awaitStandstill(AtomicReference<Thread> thread) {
    Awaitility.await()
        .atMost(PostgresServer.PATIENCE)
        .until(
            () ->
                Optional.ofNullable(thread.get()).map(Thread::getState).stream()
                    .anyMatch(Thread.State.TIMED_WAITING::equals));
  }

  private void awaitOneWaiting() {
    Awaitility.await()
        .atMost(PostgresServer.PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> waitingForTurns() == 1);
  }

  private int waitingForTurns() throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                    + " WHERE d.datname = current_database() AND l.locktype = 'advisory'"
                    + " AND NOT l.granted")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void whoeverStandsStillInItsTurnLosesIt() throws Exception {
    Standing standing = new Standing(one, LOG);
    assertLocked(two, 0);
    standing.go.countDown();
    assertThat(standing.outcome.get()).isEqualTo(CONFLICT);
    assertLocked(one, 1);
  }

  @Test
  void whoeverDoesNotGetItsTurnSaysSoInTimeAndOthersWriteMeanwhile() throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "SELECT pg_advisory_xact_lock"
              + PostgresDialect.lockKey(PostgresDialect.LOCK_SPACE_TURN, Opening.DEFAULT_PREFIX));
      long began = System.nanoTime();
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> locked(one, LOG))
          .satisfies(e -> assertThat(e.effect()).isEqualTo(StoreException.Effect.TRANSIENT));
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LIMIT);
      assertThat(one.commit(logs(log(LOG, 0, true, "y")))).isEqualTo(CommitOutcome.COMMITTED);
    }
    assertLocked(one, 1);
  }

  @Test
  void aNodeThatAlwaysHasCommitsLetsOthersIn() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    List<CompletableFuture<Void>> busy =
        List.of(
            CompletableFuture.runAsync(() -> writeUntil(done, LOG), threads),
            CompletableFuture.runAsync(() -> writeUntil(done, OTHER), threads));
    for (int i = 0; i < 3; i++) {
      assertThat(
              two.commitLocked(
                  List.of(LOG),
                  heads ->
                      Optional.of(
                          logs(log(LOG, requireNonNull(heads.get(LOG)).head(), false, "z")))))
          .isInstanceOf(CommitOutcome.Committed.class);
    }
    done.set(true);
    for (CompletableFuture<Void> each : busy) {
      each.get();
    }
  }

  private void writeUntil(AtomicBoolean done, StreamKey log) {
    while (!done.get()) {
      assertThat(locked(one, log)).isInstanceOf(CommitOutcome.Committed.class);
    }
  }

  /**
   * Who leaves keeps the turn for who waits, since it is not over; who waits comes to look when it
   * is. The clock of the second thread is late, so that it is so each time.
   */
  @Test
  void aTurnThatWasKeptForSomebodyIsHis() throws Exception {
    AtomicReference<Thread> late = new AtomicReference<>();
    Dialect dialect = new PostgresDialect(Opening.DEFAULT_PREFIX, LIMIT, true);
    Calls calls =
        new Calls(
            new PooledConnections(Jdbi.create(database), dialect, true, () -> {}),
            dialect,
            new StreamIds(1000));
    Turns turns =
        new Turns(
            calls,
            dialect,
            LIMIT,
            () -> Thread.currentThread() == late.get() ? Duration.ofHours(1).toNanos() : 0);
    Set<StreamKey> first = Set.of(LOG);
    turns.enter(first);
    CompletableFuture<Void> waiter =
        CompletableFuture.runAsync(
            () -> {
              late.set(Thread.currentThread());
              Set<StreamKey> second = Set.of(LOG);
              turns.enter(second);
              turns.leave(second);
            },
            threads);
    awaitStandstill(late);
    turns.leave(first);
    waiter.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aPoolOfOneConnectionHasNoneForATurn() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(database);
    config.setMaximumPoolSize(1);
    try (HikariDataSource pool = new HikariDataSource(config);
        Store single = JdbcStorage.on(pool).open(new StoreContext(LIMIT))) {
      assertThat(single.info().locking()).isFalse();
      config.setMaximumPoolSize(2);
    }
    try (HikariDataSource pool = new HikariDataSource(config);
        Store pair = JdbcStorage.on(pool).open(new StoreContext(LIMIT))) {
      assertThat(pair.info().locking()).isTrue();
      assertThat(locked(pair, LOG)).isEqualTo(CommitOutcome.COMMITTED);
    }
  }
}
