package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static dev.restante.storage.jdbc.StoreRules.CONTEXT;
import static dev.restante.storage.jdbc.StoreRules.LOG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StreamHead;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How tables come about, on each database. */
@Tag("O5")
abstract class SchemaRules {
  private DataSource database;

  abstract DataSource newDatabase();

  abstract JdbcDatabase kind();

  @BeforeEach
  void begin() {
    database = newDatabase();
  }

  private JdbcStorage storage() {
    return JdbcStorage.on(database);
  }

  private void runScript(String script) {
    for (String statement : script.split(";\n", -1)) {
      if (!statement.isBlank()) {
        PostgresServer.execute(database, statement);
      }
    }
  }

  @Test
  void fourNodesMayStartOnAnEmptyDatabaseAtOnce() throws Exception {
    ExecutorService nodes = Executors.newFixedThreadPool(4);
    try {
      List<Future<Store>> opening = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        opening.add(nodes.submit(() -> storage().open(CONTEXT)));
      }
      for (int i = 0; i < 4; i++) {
        try (Store store = opening.get(i).get()) {
          assertThat(store.commit(logs(log(LOG, i, true, "x")))).isEqualTo(CommitOutcome.COMMITTED);
        }
      }
    } finally {
      nodes.shutdownNow();
    }
  }

  @Test
  void validatingNamesWhatIsMissingAndCreatesNothing() {
    assertThatThrownBy(() -> storage().withSchema(SchemaMode.VALIDATE).open(CONTEXT))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.effect()).isEqualTo(StoreException.Effect.FAULT))
        .hasMessageContaining("restante_log.payload")
        .hasMessageContaining("restante_schema_version.version");
    storage().open(CONTEXT).close();
    storage().withSchema(SchemaMode.VALIDATE).open(CONTEXT).close();
    PostgresServer.execute(database, "DROP TABLE restante_dedup");
    assertThatThrownBy(() -> storage().withSchema(SchemaMode.VALIDATE).open(CONTEXT))
        .hasMessageContaining("restante_dedup.client_id")
        .hasMessageContaining("restante_dedup.expires_at")
        .hasMessageNotContaining("restante_log.payload");
  }

  @Test
  void whatIsPrintedCanBeRunByHand() {
    assertThat(storage().withTablePrefix("mine_").printPendingSchema())
        .isEqualTo(JdbcStorage.printSchema(kind(), "mine_"));
    runScript(JdbcStorage.printSchema(kind(), "mine_"));
    JdbcStorage mine = storage().withTablePrefix("mine_");
    assertThat(mine.printPendingSchema()).isEmpty();
    try (Store store = mine.withSchema(SchemaMode.VALIDATE).open(CONTEXT)) {
      assertThat(store.commit(logs(log(LOG, 0, true, "x")))).isEqualTo(CommitOutcome.COMMITTED);
    }
  }

  @Test
  void tablesOfANewerVersionAreRefused() {
    storage().open(CONTEXT).close();
    PostgresServer.execute(database, "INSERT INTO restante_schema_version (version) VALUES (99)");
    for (SchemaMode mode : List.of(SchemaMode.MIGRATE, SchemaMode.VALIDATE)) {
      assertThatThrownBy(() -> storage().withSchema(mode).open(CONTEXT))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.effect()).isEqualTo(StoreException.Effect.FAULT))
          .hasMessageContaining("99");
    }
    storage().withSchema(SchemaMode.NONE).open(CONTEXT).close();
  }

  @Test
  void tablesOfTheFirstVersionAreBroughtUpToDate() {
    String script = JdbcStorage.printSchema(kind(), "restante_");
    String first = "INSERT INTO restante_schema_version (version) VALUES (1);\n";
    runScript(script.substring(0, script.indexOf(first) + first.length()));
    assertThat(storage().printPendingSchema())
        .contains("restante_enqueue")
        .doesNotContain("restante_log");
    assertThatThrownBy(() -> storage().withSchema(SchemaMode.VALIDATE).open(CONTEXT))
        .hasMessageContaining("restante_enqueue.lane")
        .hasMessageContaining("restante_dead_letter.code")
        .hasMessageContaining("restante_relay.owner")
        .hasMessageNotContaining("restante_log.payload");
    try (Store store = storage().open(CONTEXT)) {
      assertThat(store.commit(logs(log(LOG, 0, true, "x")))).isEqualTo(CommitOutcome.COMMITTED);
    }
    assertThat(storage().printPendingSchema()).isEmpty();
    storage().withSchema(SchemaMode.VALIDATE).enqueueSource().open(CONTEXT).close();
  }

  @Test
  void aRelayMakesTheTablesOrMissesThem() {
    assertThatThrownBy(
            () -> storage().withSchema(SchemaMode.VALIDATE).enqueueSource().open(CONTEXT))
        .hasMessageContaining("restante_enqueue.lane");
    storage().enqueueSource().open(CONTEXT).close();
    storage().withSchema(SchemaMode.VALIDATE).open(CONTEXT).close();
  }

  @Test
  void prefixesSeparateStores() {
    try (Store one = storage().withTablePrefix("one_").open(CONTEXT);
        Store two = storage().withTablePrefix("two_").open(CONTEXT)) {
      assertThat(one.commit(logs(log(LOG, 0, true, "x")))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(two.heads(List.of(LOG))).containsExactly(StreamHead.EMPTY);
    }
  }

  @Test
  void aPrefixIsChecked() {
    for (String prefix : List.of("", "A", "a b", "a;", "x".repeat(33), "\u00e9")) {
      assertThatThrownBy(() -> storage().withTablePrefix(prefix))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
