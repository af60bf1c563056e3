package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.LogAppend;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** More streams than are remembered: what a call looks up makes the cache forget what it needs. */
class SmallStreamCacheTest {
  private static final int REMEMBERED = 1000;

  @TempDir Path folder;
  private Store store;
  private final List<StreamKey> streams = new ArrayList<>();

  @BeforeEach
  void write() {
    SQLiteDataSource database = new SQLiteDataSource();
    database.setUrl("jdbc:sqlite:" + folder.resolve("small.db"));
    store =
        JdbcStorage.on(database)
            .withStreamCacheSize(REMEMBERED)
            .open(new StoreContext(Duration.ofSeconds(10)));
    List<LogAppend> appends = new ArrayList<>();
    for (int i = 0; i < 3 * REMEMBERED / 2; i++) {
      StreamKey stream = StreamKey.log("t", "c" + i);
      streams.add(stream);
      appends.add(log(stream, 0, true, "a", "b"));
    }
    assertThat(store.commit(logs(appends.toArray(LogAppend[]::new))))
        .isEqualTo(CommitOutcome.COMMITTED);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void headsOfMoreStreamsThanAreRemembered() {
    for (int i = 0; i < 3; i++) {
      assertThat(store.heads(streams)).extracting(StreamHead::head).containsOnly(2L);
    }
  }

  @Test
  void floorsOfMoreStreamsThanAreRemembered() {
    List<Trim> trims = streams.stream().map(stream -> new Trim(stream, 1)).toList();
    for (int i = 0; i < 2; i++) {
      assertThat(store.trim(trims, 10_000)).containsOnly(1L);
    }
  }
}
