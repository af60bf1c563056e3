package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.bytes;
import static dev.restante.storage.jdbc.Rows.inbox;
import static dev.restante.storage.jdbc.Rows.inboxes;
import static dev.restante.storage.jdbc.Rows.keyed;
import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static dev.restante.storage.jdbc.Rows.record;
import static dev.restante.storage.jdbc.Rows.records;
import static dev.restante.storage.jdbc.StoreRules.CONTEXT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The database loses a stream under an open store, without any error that the store would see, and
 * the stream's number is given to a stream of another tenant. Neither may ever see the other's
 * rows.
 */
@Tag("S4")
abstract class RewindRules {
  private static final StreamKey LOST = StreamKey.log("one", "lost");
  private static final StreamKey LOST_INBOX = StreamKey.inbox("one", "lost");
  private static final StreamKey OTHER = StreamKey.log("two", "other");
  private static final StreamKey OTHER_INBOX = StreamKey.inbox("two", "other");
  private static final Conflict CONFLICT = new Conflict(Cause.HEAD);

  private DataSource database;
  private Store store;

  abstract DataSource newDatabase();

  /** SQL after which the next stream gets the first number again. */
  abstract String numbersBeginAgain();

  @BeforeEach
  void open() {
    database = newDatabase();
    store = JdbcStorage.on(database).open(CONTEXT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** Everything is gone, as if the database were an older state of itself. */
  private void rewind() {
    for (String table : List.of("log", "inbox", "dedup", "record", "floor", "stream")) {
      PostgresServer.execute(database, "DELETE FROM restante_" + table);
    }
    PostgresServer.execute(database, numbersBeginAgain());
  }

  private void elsewhere(Commit commit) {
    try (Store other = JdbcStorage.on(database).open(CONTEXT)) {
      assertThat(other.commit(commit)).isEqualTo(CommitOutcome.COMMITTED);
    }
  }

  private void committed(Commit commit) {
    assertThat(store.commit(commit)).isEqualTo(CommitOutcome.COMMITTED);
  }

  private static RecordWrite anyRecord(StreamKey partition) {
    return RecordWrite.set(record(partition, "id"), 1, bytes("other"));
  }

  private void assertTexts(StreamKey log, String... texts) {
    try (Store fresh = JdbcStorage.on(database).open(CONTEXT)) {
      for (Store each : List.of(store, fresh)) {
        assertThat(each.readLog(new LogRange(log, 1, 99, false, 99, 9999)).rows())
            .extracting(LogRow::payload)
            .containsExactly(
                java.util.Arrays.stream(texts).map(Rows::bytes).toArray(byte[][]::new));
      }
    }
  }

  @Test
  void theFirstRowOfALostLogGoesUnderANumberOfItsOwn() {
    committed(logs(log(LOST, 0, true, "a")));
    rewind();
    assertThat(store.commit(logs(log(LOST, 0, true, "a")))).isEqualTo(CONFLICT);
    committed(logs(log(LOST, 0, true, "a")));
    assertTexts(LOST, "a");
  }

  @Test
  void theFirstRowOfALostLogDoesNotGoIntoAnotherOne() {
    committed(logs(log(LOST, 0, true, "a")));
    rewind();
    elsewhere(records(anyRecord(OTHER)));
    assertThat(store.commit(logs(log(LOST, 0, true, "a")))).isEqualTo(CONFLICT);
    committed(logs(log(LOST, 0, true, "a")));
    assertTexts(LOST, "a");
    assertTexts(OTHER);
  }

  @Test
  void theNextRowOfALostLogDoesNotGoIntoAnotherOne() {
    committed(logs(log(LOST, 0, true, "a")));
    rewind();
    elsewhere(logs(log(OTHER, 0, true, "o")));
    assertThat(store.commit(logs(log(LOST, 1, true, "b")))).isEqualTo(CONFLICT);
    assertThat(store.heads(List.of(LOST, OTHER)))
        .extracting(StreamHead::head)
        .containsExactly(0L, 1L);
    assertTexts(LOST);
    assertTexts(OTHER, "o");
  }

  @Test
  void aLostInboxDoesNotShareAnotherOne() {
    committed(inboxes(inbox(LOST_INBOX, 0, true, keyed(1, "k", "a"))));
    rewind();
    elsewhere(records(anyRecord(OTHER_INBOX)));
    assertThat(store.commit(inboxes(inbox(LOST_INBOX, 0, true, keyed(1, "k", "a")))))
        .isEqualTo(CONFLICT);
    committed(inboxes(inbox(LOST_INBOX, 0, true, keyed(1, "k", "a"))));
    assertThat(store.readInbox(OTHER_INBOX, 0, 9, 999).items()).isEmpty();
    assertThat(store.readInbox(LOST_INBOX, 0, 9, 999).items()).hasSize(1);
  }

  @Test
  void whoeverReadsALostLogDoesNotReadAnotherOne() {
    committed(logs(log(LOST, 0, true, "a")));
    rewind();
    elsewhere(logs(log(OTHER, 0, true, "o")));
    assertTexts(LOST);
    assertTexts(OTHER, "o");
  }

  @Test
  void whoeverReadsALostInboxDoesNotReadAnotherOne() {
    committed(inboxes(inbox(LOST_INBOX, 0, true, keyed(1, "k", "a"))));
    rewind();
    elsewhere(inboxes(inbox(OTHER_INBOX, 0, true, keyed(1, "k", "o"))));
    assertThat(store.readInbox(LOST_INBOX, 0, 9, 999).items()).isEmpty();
    assertThat(store.readInbox(OTHER_INBOX, 0, 9, 999).items()).hasSize(1);
  }

  @Test
  void whoeverListsALostPartitionDoesNotListAnotherOne() {
    committed(records(anyRecord(LOST_INBOX)));
    rewind();
    elsewhere(records(anyRecord(OTHER_INBOX)));
    assertThat(store.list(LOST_INBOX, "cursor", "", 9)).isEmpty();
    assertThat(store.list(OTHER_INBOX, "cursor", "", 9)).hasSize(1);
  }

  @Test
  void trimmingALostLogDoesNotTrimAnotherOne() {
    committed(logs(log(LOST, 0, true, "a")));
    rewind();
    elsewhere(logs(log(OTHER, 0, true, "o")));
    assertThat(store.trim(List.of(new Trim(LOST, 1)), 9)).containsExactly(0L);
    assertTexts(OTHER, "o");
  }

  @Test
  void lockingALostLogDoesNotLockAnotherOne() {
    committed(logs(log(LOST, 0, true, "a")));
    rewind();
    elsewhere(logs(log(OTHER, 0, true, "o")));
    assertThat(
            store.commitLocked(List.of(LOST), heads -> Optional.of(logs(log(LOST, 1, false, "b")))))
        .isEqualTo(CONFLICT);
    assertThat(
            store.commitLocked(List.of(LOST), heads -> Optional.of(logs(log(LOST, 0, false, "b")))))
        .isEqualTo(CommitOutcome.COMMITTED);
    assertTexts(LOST, "b");
    assertTexts(OTHER, "o");
  }

  @Test
  void anExclusiveChangeDoesNotChangeAnothersRecord() {
    RecordKey key = record(LOST_INBOX, "id");
    committed(records(RecordWrite.set(key, 1, bytes("a"))));
    rewind();
    elsewhere(records(anyRecord(OTHER_INBOX)));
    Commit change =
        new Commit(
            0,
            true,
            List.of(),
            List.of(),
            List.of(),
            List.of(RecordWrite.replace(key, 1, 2, bytes("b"))),
            List.of());
    assertThat(store.commit(change)).isEqualTo(new Conflict(Cause.RECORD));
    assertThat(store.records(List.of(key, record(OTHER_INBOX, "id"))).values())
        .extracting(StoredRecord::version)
        .containsExactly(1L);
  }

  /** No head is in doubt with it, and a raise asks for nothing that could be missing. */
  @Test
  void aRaiseIsWrittenAtOnceAndNotIntoAnotherPartition() {
    RecordKey key = record(LOST_INBOX, "id");
    committed(records(RecordWrite.raise(key, 1, bytes("a"))));
    rewind();
    elsewhere(records(anyRecord(OTHER_INBOX)));
    committed(records(RecordWrite.raise(key, 2, bytes("b"))));
    assertThat(store.records(List.of(key, record(OTHER_INBOX, "id"))).values())
        .extracting(StoredRecord::payload)
        .containsExactlyInAnyOrder(bytes("b"), bytes("other"));
  }
}
