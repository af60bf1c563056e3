package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is asked for all the time finds its rows by the primary key, whatever MariaDB knew of the
 * tables when it last counted, which is ten seconds ago at times. It would rather read an inbox by
 * the index for compaction, which is shorter, and sort it; or, where it last counted a few rows of
 * two inboxes, all inboxes there are, from the last one on, until it comes to the one.
 */
@NeedsMariadb
class MariadbPlansTest {
  private static final List<Op> HOT =
      List.of(
          Op.LOG_HEAD,
          Op.INBOX_HEAD,
          Op.LOCK_STREAMS,
          Op.LOCK_STREAM,
          Op.NTH_LOG,
          Op.NTH_INBOX,
          Op.READ_INBOX,
          Op.READ_LOG_UP,
          Op.READ_LOG_DOWN,
          Op.LAST_LOG,
          Op.TRIM_LOG,
          Op.TRIM_INBOX,
          Op.FIND_HEADLESS_INBOX,
          Op.FIND_HEADLESS_LOG,
          Op.FIND_REMOVED);

  private static final List<String> TABLES =
      List.of("restante_log", "restante_inbox", "restante_stream", "restante_floor");

  @ParameterizedTest
  @CsvSource({"0,0", "2,2", "300,1", "300,3"})
  void rowsAreFoundByThePrimaryKey(int streamsCounted, int rowsCounted) throws SQLException {
    DataSource database = MariadbServer.newDatabase();
    JdbcStorage.on(database).open(StoreRules.CONTEXT).close();
    for (String table : TABLES) {
      PostgresServer.execute(database, "ALTER TABLE " + table + " STATS_AUTO_RECALC = 0");
    }
    fill(database, streamsCounted, rowsCounted);
    PostgresServer.execute(database, "ANALYZE TABLE " + String.join(", ", TABLES));
    fill(database, 300, 30);
    // Who opens a table looks how many rows it has by now.
    PostgresServer.execute(database, "FLUSH TABLES " + String.join(", ", TABLES));
    for (Op op : HOT) {
      assertThat(plan(database, op))
          .as(op.name())
          .isNotEmpty()
          .allSatisfy(
              line ->
                  assertThat(line)
                      .containsPattern(" (const|eq_ref|ref|range) PRIMARY ")
                      .doesNotContain("filesort"));
    }
  }

  private static void fill(DataSource database, int streams, int rows) {
    String each =
        " FROM seq_1_to_300 s, seq_1_to_100 r WHERE s.seq <= %d AND r.seq <= %d"
            .formatted(streams, rows);
    PostgresServer.execute(
        database,
        "INSERT IGNORE INTO restante_log (stream_id, seq, ordinal, time_millis, format, payload)"
            + " SELECT s.seq, r.seq, 0, 0, 0, ''"
            + each);
    PostgresServer.execute(
        database,
        "INSERT IGNORE INTO restante_inbox (stream_id, position, log_id, seq, type, format)"
            + " SELECT s.seq, r.seq, 0, 0, 0, 0"
            + each);
    PostgresServer.execute(
        database,
        "INSERT IGNORE INTO restante_floor (stream_id, floor, ordinal, time_millis, removed)"
            + " SELECT s.seq, 0, 0, 0, 0"
            + each);
    PostgresServer.execute(
        database,
        "INSERT IGNORE INTO restante_stream (id, kind, tenant, name)"
            + " SELECT s.seq, 1, 't', s.seq"
            + each);
  }

  /** How each table is read, but for the keys that are asked for. */
  private static List<String> plan(DataSource database, Op op) throws SQLException {
    String keys =
        IntStream.rangeClosed(1, 100).mapToObj("[%d]"::formatted).collect(Collectors.joining(","));
    String sql =
        new Texts("restante_", MariadbTexts.ALL)
            .asking("1 = 1")
            .of(op)
            .replace("s.tenant = ? AND s.name = ?", "s.tenant = 't' AND s.name = '10'")
            .replace("s.kind = ?", "s.kind = 1");
    sql =
        sql.contains("JSON_TABLE") ? sql.replace("?", "'[" + keys + "]'") : sql.replace("?", "10");
    List<String> plan = new ArrayList<>();
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("EXPLAIN " + sql)) {
      while (rows.next()) {
        if (!Objects.equals(rows.getString("table"), "k")) {
          plan.add(
              "%s %s %s %s"
                  .formatted(
                      rows.getString("table"),
                      rows.getString("type"),
                      rows.getString("key"),
                      rows.getString("Extra")));
        }
      }
    }
    return plan;
  }
}
