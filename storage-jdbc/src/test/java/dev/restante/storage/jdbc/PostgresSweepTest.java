package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Store;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** A sweep looks at part of a large table, and gets everywhere in the end. */
@Tag("D9")
@Tag("D10")
class PostgresSweepTest {
  /** In 5,400 pages; one sweep looks at 4,096. */
  private static final int ROWS = 450_000;

  private PGSimpleDataSource database;
  private Store store;

  @BeforeEach
  void open() throws SQLException {
    database = PostgresServer.newDatabase();
    store = JdbcStorage.on(database).open(StoreRules.CONTEXT);
    PostgresServer.execute(
        database,
        "INSERT INTO restante_dedup SELECT int8send(n) || '123456789'::bytea, 1, 2, 3, 4, 5,"
            + " CASE WHEN n % 50 = 0 THEN 1000 ELSE 2000 END FROM generate_series(1, "
            + ROWS
            + ") n");
    assertThat(count("SELECT pg_relation_size('restante_dedup') / 8192")).isGreaterThan(4_600);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void everyRowThatHasExpiredGoes() throws SQLException {
    int first = store.removeExpiredDedups(1_000, Integer.MAX_VALUE);
    assertThat(first).isBetween(1, ROWS / 50 - 1);
    assertThat(first + store.removeExpiredDedups(1_000, Integer.MAX_VALUE)).isEqualTo(ROWS / 50);
    assertThat(count("SELECT count(*) FROM restante_dedup")).isEqualTo(ROWS - ROWS / 50);
    assertThat(count("SELECT count(*) FROM restante_dedup WHERE expires_at = 1000")).isZero();
  }

  @Test
  void aSweepThatFoundItsMostRowsGoesOnWhereItStopped() throws SQLException {
    int removed = 0;
    int calls = 0;
    while (removed < ROWS / 50 && calls++ < 100) {
      int now = store.removeExpiredDedups(1_000, 1_000);
      assertThat(now).isLessThanOrEqualTo(1_000);
      removed += now;
    }
    assertThat(count("SELECT count(*) FROM restante_dedup WHERE expires_at = 1000")).isZero();
    // 9,000 rows, 1,000 a call, and at most one call at either end that found fewer.
    assertThat(calls).isLessThanOrEqualTo(12);
  }

  @Test
  void aSweepDoesNotWaitForARowThatIsBeingReplaced() throws SQLException {
    try (Connection other = database.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("DELETE FROM restante_dedup WHERE client_id = int8send(50) || '123456789'");
      int removed = store.removeExpiredDedups(1_000, Integer.MAX_VALUE);
      removed += store.removeExpiredDedups(1_000, Integer.MAX_VALUE);
      assertThat(removed).isEqualTo(ROWS / 50 - 1);
      other.rollback();
    }
  }

  private long count(String sql) throws SQLException {
    return count(database, sql);
  }

  private static long count(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
