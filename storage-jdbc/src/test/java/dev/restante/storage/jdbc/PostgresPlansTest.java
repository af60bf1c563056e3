package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;

/** Hot reads find their rows by index, with and without the statistics of the tables. */
class PostgresPlansTest {
  private static final List<Op> HOT =
      List.of(
          Op.READ_INBOX,
          Op.READ_INBOX_ALONE,
          Op.FIND_LOG_ROW,
          Op.READ_LOG_UP,
          Op.READ_LOG_DOWN,
          Op.LOG_HEAD,
          Op.INBOX_HEAD,
          Op.FIND_DEDUP,
          Op.FIND_RECORD,
          Op.FIND_STREAM,
          Op.FIND_STRAY,
          Op.FIND_REMOVED,
          Op.FIND_CHANGED_RECORD,
          Op.COMPACT,
          Op.LIST,
          Op.READ_FLOOR);

  @Test
  void readsUseIndexes() throws SQLException {
    PGSimpleDataSource database = PostgresServer.newDatabase();
    JdbcStorage.on(database).open(StoreRules.CONTEXT).close();
    PostgresServer.execute(
        database,
        "INSERT INTO restante_log SELECT n % 1000, n / 1000, 0, 0, 0, 'x'"
            + " FROM generate_series(1000, 100999) n");
    PostgresServer.execute(
        database,
        "INSERT INTO restante_inbox SELECT 1000 + n % 1000, n / 1000, n % 1000, n / 1000, 0, 0"
            + " FROM generate_series(1000, 100999) n");
    database.setPreferQueryMode(PreferQueryMode.SIMPLE); // a generic plan binds no parameter
    // Plans are kept: one from the time when no stream had a floor must do when all have.
    PostgresServer.execute(database, "VACUUM ANALYZE restante_floor");
    assertThat(plan(database, Op.READ_INBOX_ALONE))
        .contains("Index Cond: (stream_id = i.log_id)")
        .doesNotContain("Seq Scan");
    PostgresServer.execute(
        database,
        "INSERT INTO restante_floor SELECT n, 0, 0, 0, 0 FROM generate_series(1, 2000) n");
    PostgresServer.execute(
        database,
        "INSERT INTO restante_stream (kind, tenant, name)"
            + " SELECT 1, 't', int8send(n) FROM generate_series(1, 2000) n");
    PostgresServer.execute(
        database,
        "INSERT INTO restante_record SELECT n, 'cursor', 'd', 1, '' FROM generate_series(1, 2000) n");
    for (Op op : HOT) {
      assertThat(plan(database, op)).as(op.name()).contains("Index").doesNotContain("Seq Scan");
    }
    assertThat(plan(database, Op.SWEEP)).contains("Tid Range Scan").doesNotContain("Seq Scan");
    PostgresServer.execute(database, "ANALYZE");
    for (Op op : HOT) {
      assertThat(plan(database, op)).as(op.name()).contains("Index").doesNotContain("Seq Scan");
    }
    assertThat(plan(database, Op.SWEEP)).contains("Tid Range Scan").doesNotContain("Seq Scan");
  }

  private static String plan(DataSource database, Op op) throws SQLException {
    String same = PostgresDialect.incarnation("restante_", true) + " = '1.5/1'";
    String sql = new Texts("restante_", PostgresTexts.ALL).of(op).replace("${same}", same);
    for (int i = 1; sql.contains("?"); i++) {
      sql = sql.replaceFirst("\\?", "\\$" + i);
    }
    boolean prefaced =
        op == Op.READ_INBOX_ALONE || (!op.name().startsWith("READ") && op != Op.LIST);
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      if (prefaced) {
        statement.execute(
            "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
      }
      StringBuilder plan = new StringBuilder();
      try (ResultSet rows = statement.executeQuery("EXPLAIN (GENERIC_PLAN) " + sql)) {
        while (rows.next()) {
          plan.append(rows.getString(1)).append('\n');
        }
      }
      return plan.toString();
    }
  }
}
