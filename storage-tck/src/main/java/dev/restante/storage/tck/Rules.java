package dev.restante.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What every group of rules stands on. */
interface Rules {
  /** More rows than any test writes into one stream. */
  int ALL = 100_000;

  /** More bytes than any test writes into one stream. */
  long ANY_SIZE = 1L << 40;

  /** A store that says "repeat at once" this often in a row is broken. */
  int PATIENCE = 1_000;

  /** The stores that the test has open. */
  Fixture fixture();

  /** The store under test. */
  default Store store() {
    return fixture().store();
  }

  /** Commits, repeating what the store says may be repeated at once. */
  default CommitOutcome outcome(Store store, Commit commit) {
    return repeating(() -> store.commit(commit));
  }

  /** Repeats a call for as long as the store calls its failure transient. */
  default <T> T repeating(Supplier<T> call) {
    for (int attempt = 1; ; attempt++) {
      try {
        return call.get();
      } catch (StoreException e) {
        if (e.effect() != Effect.TRANSIENT || attempt == PATIENCE) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }

  /** Commits and expects it to succeed. */
  default void committed(CommitBuilder commit) {
    assertThat(outcome(store(), commit.build())).isEqualTo(CommitOutcome.COMMITTED);
  }

  /** Commits and expects a conflict. */
  default void conflict(CommitBuilder commit) {
    assertThat(outcome(store(), commit.build())).isInstanceOf(Conflict.class);
  }

  /** The head of one stream. */
  default StreamHead head(StreamKey stream) {
    return store().heads(List.of(stream)).get(0);
  }

  /** All rows of a log. */
  default List<LogRow> rows(StreamKey log) {
    return history(log, 1, Long.MAX_VALUE, false, ALL).rows();
  }

  /** A read of a log without a limit in bytes. */
  default LogSlice history(StreamKey log, long from, long to, boolean descending, int limit) {
    return store().readLog(new LogRange(log, from, to, descending, limit, ANY_SIZE));
  }

  /** All rows of an inbox. */
  default List<InboxItem> items(StreamKey inbox) {
    return store().readInbox(inbox, 0, ALL, ANY_SIZE).items();
  }

  /** A read of {@link Samples#INBOX} without a limit in bytes. */
  default InboxSlice page(long after, int limit) {
    return store().readInbox(Samples.INBOX, after, limit, ANY_SIZE);
  }

  /** One record, or nothing. */
  default @Nullable StoredRecord stored(RecordKey key) {
    return store().records(List.of(key)).get(key);
  }

  /** One record's version; 0 if there is none. */
  default long version(Store store, RecordKey key) {
    StoredRecord stored = store.records(List.of(key)).get(key);
    return stored == null ? 0 : stored.version();
  }

  /** One remembered submit, or nothing. */
  default @Nullable DedupRow recalled(DedupKey key) {
    return store().dedups(List.of(key)).get(key);
  }

  /** Trims one stream and returns its floor. */
  default long trim(StreamKey stream, long through, int maxRows) {
    List<Long> floors = repeating(() -> store().trim(List.of(new Trim(stream, through)), maxRows));
    assertThat(floors).hasSize(1);
    return floors.get(0);
  }
}
