package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.EnqueuedRow;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

class SqliteEnqueueTest extends EnqueueRules {
  @TempDir Path folder;

  @Override
  DataSource newDatabase() {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setBusyTimeout(1_000);
    SQLiteDataSource dataSource = new SQLiteDataSource(config);
    dataSource.setUrl("jdbc:sqlite:" + folder.resolve("host.db"));
    return dataSource;
  }

  /** One transaction writes at a time, so the relay waits; nothing is lost or passed by. */
  @Test
  void aTransactionThatWroteHoldsUpTheRelayUntilItEnds() throws SQLException {
    committed("before");
    List<EnqueuedRow> before = rows();
    table().settle(1, List.of(), List.of(), true);
    try (Connection longOne = begin()) {
      source().enqueue(longOne, draft(1, "long"));
      assertThatThrownBy(this::rows).isInstanceOfSatisfying(StoreException.class, this::passes);
      assertThatThrownBy(() -> table().settle(1, before, List.of(), true))
          .isInstanceOfSatisfying(StoreException.class, this::passes);
      longOne.commit();
    }
    assertThat(texts(rows())).containsExactly("before", "long");
  }

  private void passes(StoreException e) {
    assertThat(e.effect()).isEqualTo(Effect.TRANSIENT);
  }
}
