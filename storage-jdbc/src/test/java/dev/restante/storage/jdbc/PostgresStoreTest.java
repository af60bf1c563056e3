package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.bytes;
import static dev.restante.storage.jdbc.Rows.log;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.Durability;
import dev.restante.storage.Guard;
import dev.restante.storage.LogAppend;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StreamKey;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class PostgresStoreTest extends StoreRules {
  private static final AtomicInteger PLACES = new AtomicInteger();
  private static final DataSource DATABASE = PostgresServer.newDatabase();

  @Override
  Storage newStorage() {
    return JdbcStorage.on(DATABASE).withTablePrefix("rules" + PLACES.incrementAndGet() + "_");
  }

  @Test
  void declaresWhatItIs() {
    assertThat(store.info().name()).isEqualTo("postgresql");
    assertThat(store.info().durability()).isEqualTo(Durability.LOCAL);
    assertThat(store.info().shared()).isTrue();
  }

  /**
   * A guard that is known to hold is not looked up again, and yet what another node does counts.
   */
  @Test
  void guardsThatAreKnownToHoldEndWithTheNextExclusiveCommit() {
    RecordKey key = new RecordKey(INBOX, "devices", "");
    RecordKey other = new RecordKey(StreamKey.inbox("t", "alice"), "devices", "");
    try (Store elsewhere = storage().open(CONTEXT)) {
      exclusive(elsewhere, RecordWrite.set(key, 1, bytes("one")));
      exclusive(elsewhere, RecordWrite.set(other, 1, bytes("one")));
      for (int head = 0; head < 3; head++) {
        assertThat(guarded(head, key, 1)).isEqualTo(CommitOutcome.COMMITTED);
      }
      exclusive(elsewhere, RecordWrite.replace(key, 1, 2, bytes("two")));
      assertThat(guarded(3, key, 1)).isEqualTo(new Conflict(Cause.RECORD));
      assertThat(guarded(3, key, 2)).isEqualTo(CommitOutcome.COMMITTED);
      exclusive(store, RecordWrite.replace(key, 2, 3, bytes("three")));
      assertThat(guarded(4, key, 2)).isEqualTo(new Conflict(Cause.RECORD));
      assertThat(guarded(4, other, 1)).isEqualTo(CommitOutcome.COMMITTED);
      exclusive(elsewhere, RecordWrite.remove(other));
      assertThat(guarded(5, other, 1)).isEqualTo(new Conflict(Cause.RECORD));
      assertThat(guarded(5, other, 0)).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(
              elsewhere.commit(Commit.ofRecords(1, List.of(RecordWrite.set(other, 1, bytes(""))))))
          .isEqualTo(CommitOutcome.COMMITTED);
      assertThat(guarded(6, other, 0)).isEqualTo(new Conflict(Cause.RECORD));
    }
  }

  private static void exclusive(Store at, RecordWrite write) {
    Commit commit = new Commit(1, true, List.of(), List.of(), List.of(), List.of(write), List.of());
    assertThat(at.commit(commit)).isEqualTo(CommitOutcome.COMMITTED);
  }

  private CommitOutcome guarded(long head, RecordKey key, long version) {
    List<LogAppend> logs = List.of(log(LOG, head, false, "said"));
    List<Guard> guards = List.of(new Guard(key, version));
    return store.commit(new Commit(1, false, logs, List.of(), List.of(), List.of(), guards));
  }
}
