package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.bytes;
import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.record;
import static dev.restante.storage.jdbc.Rows.records;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Guard;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StreamKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** A commit that stands still holds up those that concern the same records, and few others. */
@Tag("G2")
class PostgresGuardLocksTest {
  /** For what is held up for ever: it ends in no other way. */
  private static final StoreContext IMPATIENT = new StoreContext(Duration.ofSeconds(1));

  private static final StreamKey LOG = StreamKey.log("t", "c");

  private final List<Connection> paused = new ArrayList<>();
  private PGSimpleDataSource database;
  private Store store;

  @BeforeEach
  void open() {
    database = PostgresServer.newDatabase();
    store = JdbcStorage.on(database).open(StoreRules.CONTEXT);
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : paused) {
      connection.close();
    }
    store.close();
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

  /**
   * Two records of users whose partitions have different locks, as nearly all pairs have: the first
   * comes first in the order of locks.
   */
  private List<RecordKey> apart() throws SQLException {
    Map<Integer, RecordKey> byLock = new HashMap<>();
    for (int i = 0; byLock.size() < 2; i++) {
      RecordKey key = record(StreamKey.inbox("t", "user" + i), "device");
      assertThat(store.commit(records(RecordWrite.set(key, 1, bytes("")))))
          .isEqualTo(CommitOutcome.COMMITTED);
      byLock.put(GuardLocks.of(number(key.partition())), key);
    }
    return byLock.keySet().stream().sorted().map(byLock::get).toList();
  }

  private long number(StreamKey stream) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement query =
            connection.prepareStatement("SELECT id FROM restante_stream WHERE name = ?")) {
      query.setBytes(1, bytes(stream.name()));
      try (ResultSet row = query.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /**
   * A node that is paused between its statements and COMMIT: the transaction that is left after the
   * first round trip of a commit, its locks and nothing else.
   */
  private void pausedCommit(String lockFunction, RecordKey guarded) throws SQLException {
    paused(lockFunction, PostgresDialect.LOCK_SPACE + GuardLocks.of(number(guarded.partition())));
  }

  private void paused(String lockFunction, int lock) throws SQLException {
    Connection connection = database.getConnection();
    paused.add(connection);
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT %s(%d, %d)".formatted(lockFunction, lock, Opening.DEFAULT_PREFIX.hashCode()));
    }
  }

  private void isHeldUp(Commit commit) {
    try (Store impatient = JdbcStorage.on(database).open(IMPATIENT)) {
      assertThat(
              catchThrowableOfType(StoreException.class, () -> impatient.commit(commit)).effect())
          .isEqualTo(StoreException.Effect.TRANSIENT);
    }
  }

  @Test
  void aPausedCommitHoldsUpExclusiveOnesOfItsOwnRecordsOnly() throws SQLException {
    List<RecordKey> keys = apart();
    pausedCommit("pg_advisory_xact_lock_shared", keys.get(0));
    assertThat(store.commit(changing(keys.get(1)))).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(store.commit(Rows.guarded(log(LOG, 0, true, "x"), new Guard(keys.get(0), 1))))
        .isEqualTo(CommitOutcome.COMMITTED);
    isHeldUp(changing(keys.get(0)));
  }

  @Test
  void anExclusiveCommitUnderWayHoldsUpWhatIsGuardedOnItsRecordsOnly() throws SQLException {
    List<RecordKey> keys = apart();
    pausedCommit("pg_advisory_xact_lock", keys.get(1));
    assertThat(store.commit(Rows.guarded(log(LOG, 0, true, "x"), new Guard(keys.get(0), 1))))
        .isEqualTo(CommitOutcome.COMMITTED);
    isHeldUp(Rows.guarded(log(LOG, 1, true, "x"), new Guard(keys.get(1), 1)));
    isHeldUp(
        Rows.guarded(log(LOG, 1, true, "x"), new Guard(keys.get(0), 1), new Guard(keys.get(1), 1)));
  }

  @Test
  void aLockedCommitFindsOutThatAGuardedRecordWasChangedElsewhere() {
    RecordKey key = record(StreamKey.inbox("t", "user"), "device");
    assertThat(store.commit(changing(key))).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(store.commit(Rows.guarded(log(LOG, 0, true, "x"), new Guard(key, 1))))
        .isEqualTo(CommitOutcome.COMMITTED);
    try (Store other = JdbcStorage.on(database).open(StoreRules.CONTEXT)) {
      assertThat(
              other.commit(
                  new Commit(
                      0,
                      true,
                      List.of(),
                      List.of(),
                      List.of(),
                      List.of(RecordWrite.replace(key, 1, 2, bytes(""))),
                      List.of())))
          .isEqualTo(CommitOutcome.COMMITTED);
    }
    AtomicInteger plans = new AtomicInteger();
    assertThat(lockedOn(new Guard(key, 1), plans))
        .isEqualTo(new CommitOutcome.Conflict(CommitOutcome.Cause.RECORD));
    assertThat(lockedOn(new Guard(key, 2), plans)).isEqualTo(CommitOutcome.COMMITTED);
  }

  private CommitOutcome lockedOn(Guard guard, AtomicInteger plans) {
    return store.commitLocked(
        List.of(LOG),
        heads -> {
          plans.incrementAndGet();
          long head = requireNonNull(heads.get(LOG)).head();
          return Optional.of(Rows.guarded(log(LOG, head, false, "y"), guard));
        });
  }

  @Test
  void locksAreTakenOnceAndInOrder() {
    GuardLocks locks = new GuardLocks();
    for (long partition = 1; partition <= 10_000; partition++) {
      locks.share(partition);
    }
    locks.claim(7);
    Columns columns = locks.columns();
    short[] claimed = (short[]) columns.column(1);
    assertThat(columns.count()).isEqualTo(GuardLocks.COUNT);
    for (short i = 0; i < GuardLocks.COUNT; i++) {
      assertThat(((short[]) columns.column(0))[i]).isEqualTo(i);
      assertThat(claimed[i]).isEqualTo((short) (i == GuardLocks.of(7) ? 1 : 0));
    }
  }
}
