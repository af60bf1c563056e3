package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static dev.restante.storage.jdbc.StoreRules.LOG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.LogRange;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamHead;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What real faults of a real server become, and that the next call is none the worse for them. */
@Tag("O8")
class PostgresFaultsTest {
  /** For calls that end in no other way; a disk that is shared with others is forced in time. */
  private static final StoreContext IMPATIENT = new StoreContext(Duration.ofSeconds(5));

  private PGSimpleDataSource admin;
  private HikariDataSource pool;
  private Store store;

  @BeforeEach
  void open() {
    admin = PostgresServer.newDatabase();
    HikariConfig config = new HikariConfig();
    config.setDataSource(admin);
    config.setMaximumPoolSize(1);
    pool = new HikariDataSource(config);
    JdbcStorage.on(admin).open(StoreRules.CONTEXT).close();
    store = JdbcStorage.on(pool).open(StoreRules.CONTEXT);
  }

  private void becomeImpatient() {
    store.close();
    store = JdbcStorage.on(pool).open(IMPATIENT);
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
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }

  private static Effect effectOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
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
  void aConnectionLostInCommitIsUnknown() {
    assertThat(commit(0)).isEqualTo(CommitOutcome.COMMITTED);
    execute(
        """
        CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'""");
    execute(
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON restante_log DEFERRABLE INITIALLY DEFERRED"
            + " FOR EACH ROW EXECUTE FUNCTION die()");
    assertThat(effectOf(() -> commit(1))).isEqualTo(Effect.UNKNOWN);
    execute("DROP TRIGGER die ON restante_log");
    everythingIsWellWithHead(1);
  }

  @Test
  void aLockThatIsNotGivenIsTransient() throws SQLException {
    becomeImpatient();
    try (Connection other = admin.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE restante_log IN ACCESS EXCLUSIVE MODE");
      assertThat(effectOf(() -> commit(0))).isEqualTo(Effect.TRANSIENT);
      assertThat(effectOf(() -> store.readLog(new LogRange(LOG, 1, 1, false, 1, 1))))
          .isEqualTo(Effect.TRANSIENT);
      other.rollback();
    }
    everythingIsWellWithHead(0);
  }

  @Test
  void aStatementThatTakesTooLongIsTransient() {
    execute(
        "CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS"
            + " 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'");
    execute(
        "CREATE TRIGGER nap BEFORE INSERT ON restante_log"
            + " FOR EACH STATEMENT EXECUTE FUNCTION nap()");
    becomeImpatient();
    assertThat(effectOf(() -> commit(0))).isEqualTo(Effect.TRANSIENT);
    execute("DROP TRIGGER nap ON restante_log");
    everythingIsWellWithHead(0);
  }

  @Test
  void aMissingTableIsAFault() {
    execute("DROP TABLE restante_log");
    assertThat(commit0Effect()).isEqualTo(Effect.FAULT);
  }

  private Effect commit0Effect() {
    return effectOf(() -> commit(0));
  }

  @Test
  void aServerThatIsNotThereIsUnavailable() {
    PGSimpleDataSource nowhere = new PGSimpleDataSource();
    nowhere.setServerNames(new String[] {"127.0.0.1"});
    nowhere.setPortNumbers(new int[] {1});
    assertThat(effectOf(() -> JdbcStorage.on(nowhere).open(IMPATIENT)))
        .isEqualTo(Effect.UNAVAILABLE);
  }

  @Test
  void connectionsGoBackAsTheyCame() throws SQLException {
    admin.setOptions("-c default_transaction_isolation=serializable");
    HikariConfig config = new HikariConfig();
    config.setDataSource(admin);
    config.setMaximumPoolSize(1);
    config.setAutoCommit(false);
    try (HikariDataSource own = new HikariDataSource(config);
        Store other = JdbcStorage.on(own).open(StoreRules.CONTEXT)) {
      assertThat(other.commit(logs(log(LOG, 0, true, "x")))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(other.commit(logs(log(LOG, 0, true, "x"))))
          .isInstanceOf(CommitOutcome.Conflict.class);
      other.heads(List.of(LOG));
      try (Connection connection = own.getConnection();
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),"
                      + " current_setting('plan_cache_mode'), current_setting('enable_seqscan'),"
                      + " current_setting('transaction_isolation')")) {
        row.next();
        assertThat(connection.getAutoCommit()).isFalse();
        assertThat(connection.getNetworkTimeout()).isZero();
        assertThat(List.of(row.getString(1), row.getString(2), row.getString(3)))
            .containsExactly("0", "0", "auto");
        assertThat(List.of(row.getString(4), row.getString(5)))
            .containsExactly("on", "serializable");
      }
    }
  }
}
