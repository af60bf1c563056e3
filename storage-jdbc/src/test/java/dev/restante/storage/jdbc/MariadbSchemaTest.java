package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static dev.restante.storage.jdbc.StoreRules.CONTEXT;
import static dev.restante.storage.jdbc.StoreRules.LOG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Guard;
import dev.restante.storage.Store;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

@NeedsMariadb
class MariadbSchemaTest extends SchemaRules {
  @Override
  DataSource newDatabase() {
    return MariadbServer.newDatabase();
  }

  @Override
  JdbcDatabase kind() {
    return JdbcDatabase.MARIADB;
  }

  @Test
  void noKeyHasACollation() throws SQLException {
    DataSource database = newDatabase();
    JdbcStorage.on(database).open(CONTEXT).close();
    List<String> collated = new ArrayList<>();
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT table_name, column_name FROM information_schema.columns"
                    + " WHERE table_schema = DATABASE() AND collation_name IS NOT NULL")) {
      while (rows.next()) {
        collated.add(rows.getString(1) + "." + rows.getString(2));
      }
    }
    assertThat(collated).isEmpty();
  }

  @Test
  void aMigrationThatWasCutShortGoesOn() {
    DataSource database = newDatabase();
    JdbcStorage.on(database).open(CONTEXT).close();
    for (String undo :
        List.of(
            "DELETE FROM restante_schema_version",
            "DROP TABLE restante_record",
            "DELETE FROM restante_guard_lock WHERE slot > 3")) {
      PostgresServer.execute(database, undo);
    }
    try (Store store = JdbcStorage.on(database).open(CONTEXT)) {
      for (int i = 0; i < 100; i++) {
        Guard guard =
            new Guard(Rows.record(dev.restante.storage.StreamKey.inbox("t", "u" + i), ""), 0);
        assertThat(store.commit(Rows.guarded(log(LOG, i, true, "x"), guard)))
            .isEqualTo(CommitOutcome.COMMITTED);
      }
    }
  }

  @Test
  void withoutRowsToLockThereIsNoGuard() {
    DataSource database = newDatabase();
    try (Store store = JdbcStorage.on(database).open(CONTEXT)) {
      PostgresServer.execute(database, "DELETE FROM restante_guard_lock");
      assertThatThrownBy(
              () ->
                  store.commit(
                      Rows.guarded(log(LOG, 0, true, "x"), new Guard(Rows.record(LOG, "a"), 0))))
          .hasMessageContaining("restante_guard_lock");
      assertThat(store.commit(logs(log(LOG, 0, true, "x")))).isEqualTo(CommitOutcome.COMMITTED);
    }
  }
}
