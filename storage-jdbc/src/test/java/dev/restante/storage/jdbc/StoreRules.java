package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.bytes;
import static dev.restante.storage.jdbc.Rows.dedup;
import static dev.restante.storage.jdbc.Rows.dedups;
import static dev.restante.storage.jdbc.Rows.inbox;
import static dev.restante.storage.jdbc.Rows.inboxes;
import static dev.restante.storage.jdbc.Rows.keyed;
import static dev.restante.storage.jdbc.Rows.log;
import static dev.restante.storage.jdbc.Rows.logs;
import static dev.restante.storage.jdbc.Rows.record;
import static dev.restante.storage.jdbc.Rows.records;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What this adapter does beyond the common contract, or by means of its own, on each database. */
abstract class StoreRules {
  static final StoreContext CONTEXT = new StoreContext(Duration.ofSeconds(10));
  static final StreamKey LOG = StreamKey.log("t", "c");
  static final StreamKey INBOX = StreamKey.inbox("t", "bob");

  private Storage storage;
  Store store;

  abstract Storage newStorage();

  @BeforeEach
  void open() {
    storage = newStorage();
    store = storage.open(CONTEXT);
  }

  Storage storage() {
    return storage;
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static void assertHead(CommitOutcome outcome) {
    assertThat(outcome).isEqualTo(new Conflict(Cause.HEAD));
  }

  private void committed(Commit commit) {
    assertThat(store.commit(commit)).isEqualTo(CommitOutcome.COMMITTED);
  }

  @Test
  void logRowsComeBackAsTheyWent() {
    committed(logs(log(LOG, 0, true, "a", "", "c")));
    LogSlice up = store.readLog(new LogRange(LOG, 1, 9, false, 2, 1000));
    assertThat(up.rows()).extracting(LogRow::seq).containsExactly(1L, 2L);
    assertThat(up.more()).isTrue();
    assertThat(up.rows().get(0)).usingRecursiveComparison().isEqualTo(Rows.logRow(1, "a"));
    LogSlice down = store.readLog(new LogRange(LOG, 1, 9, true, 5, 1));
    assertThat(down.rows()).extracting(LogRow::seq).containsExactly(3L, 2L);
    assertThat(down.more()).isTrue();
    assertThat(store.heads(List.of(INBOX, LOG)))
        .containsExactly(StreamHead.EMPTY, new StreamHead(3, 3, 1003, 0));
  }

  @Test
  void aTakenNumberIsAConflictAndNothingIsWritten() {
    committed(logs(log(LOG, 0, true, "a")));
    StreamKey other = StreamKey.log("t", "other");
    assertHead(store.commit(logs(log(other, 0, true, "x"), log(LOG, 0, false, "b"))));
    assertThat(store.heads(List.of(other))).containsExactly(StreamHead.EMPTY);
  }

  @Test
  void aMissingPredecessorIsAConflictOnlyWhereVerified() {
    assertHead(store.commit(logs(log(LOG, 5, true, "a"))));
    assertHead(store.commit(inboxes(inbox(INBOX, 5, true, keyed(6, "k", "x")))));
    committed(logs(log(LOG, 5, false, "a")));
  }

  @Test
  void aRemovedNumberIsNotGivenTwice() {
    committed(logs(log(LOG, 0, true, "a", "b", "c")));
    assertThat(store.trim(List.of(new Trim(LOG, 99)), 100)).containsExactly(3L);
    assertHead(store.commit(logs(log(LOG, 0, false, "x"))));
    assertHead(store.commit(logs(log(LOG, 2, false, "x"))));
    committed(logs(log(LOG, 3, true, "d")));
    assertThat(store.heads(List.of(LOG))).containsExactly(new StreamHead(4, 4, 1004, 3));
  }

  @Test
  void aCompactedNumberIsNotGivenTwice() {
    committed(inboxes(inbox(INBOX, 0, true, keyed(1, "k", "x"))));
    committed(inboxes(inbox(INBOX, 1, false, keyed(2, "k", "y"), keyed(3, "l", "z"))));
    assertHead(store.commit(inboxes(inbox(INBOX, 0, false, keyed(1, "m", "stale")))));
    InboxSlice slice = store.readInbox(INBOX, 0, 10, 1000);
    assertThat(slice.items()).extracting(item -> item.row().position()).containsExactly(2L, 3L);
    assertThat(slice.scannedTo()).isEqualTo(3);
    assertThat(slice.floor()).isZero();
  }

  @Test
  void rowsOfOneCommitSupersedeEachOther() {
    committed(
        inboxes(inbox(INBOX, 0, true, keyed(1, "k", "x"), keyed(2, "k", "y"), keyed(3, "k", "z"))));
    assertThat(store.readInbox(INBOX, 0, 10, 1000).items())
        .extracting(item -> item.row().position())
        .containsExactly(3L);
    assertHead(store.commit(inboxes(inbox(INBOX, 0, false, keyed(1, "m", "stale")))));
    assertThat(store.heads(List.of(INBOX))).containsExactly(new StreamHead(3, 0, 0, 0));
  }

  @Test
  void trimStopsAtItsLimitAndKeepsOrdinalAndTime() {
    committed(logs(log(LOG, 0, true, "a", "b", "c", "d", "e")));
    assertThat(store.trim(List.of(new Trim(LOG, 4), new Trim(INBOX, 3)), 3))
        .containsExactly(3L, 0L);
    assertThat(store.heads(List.of(LOG))).containsExactly(new StreamHead(5, 5, 1005, 3));
    assertThat(store.trim(List.of(new Trim(LOG, 4)), 3)).containsExactly(4L);
    assertThat(store.trim(List.of(new Trim(LOG, 2)), 3)).containsExactly(4L);
    assertThat(store.trim(List.of(new Trim(LOG, 5)), 3)).containsExactly(5L);
    assertThat(store.heads(List.of(LOG))).containsExactly(new StreamHead(5, 5, 1005, 5));
    assertThat(store.readLog(new LogRange(LOG, 1, 9, false, 5, 100)))
        .isEqualTo(new LogSlice(List.of(), false, 5));
  }

  @Test
  void inboxRowsComeWithTheirLogRows() {
    committed(
        Rows.commit(
            List.of(log(LOG, 0, true, "a", "b")),
            List.of(
                inbox(
                    INBOX,
                    0,
                    true,
                    InboxRow.reference(1, 7, LOG, 1),
                    InboxRow.reference(2, 7, LOG, 2),
                    keyed(3, "k", "own")))));
    List<InboxItem> items = store.readInbox(INBOX, 0, 10, 1000).items();
    assertThat(items.get(0))
        .usingRecursiveComparison()
        .isEqualTo(new InboxItem(InboxRow.reference(1, 7, LOG, 1), Rows.logRow(1, "a")));
    assertThat(items.get(2))
        .usingRecursiveComparison()
        .isEqualTo(new InboxItem(keyed(3, "k", "own"), null));
    store.trim(List.of(new Trim(LOG, 1)), 10);
    assertThat(store.readInbox(INBOX, 0, 10, 1000).items().get(0).logRow()).isNull();
    InboxSlice page = store.readInbox(INBOX, 0, 10, 2);
    assertThat(page.items()).hasSize(2);
    assertThat(page.more()).isTrue();
    assertThat(page.scannedTo()).isEqualTo(2);
    assertThat(store.readInbox(INBOX, 3, 10, 2)).isEqualTo(new InboxSlice(List.of(), 3, false, 0));
    store.trim(List.of(new Trim(INBOX, 3)), 10);
    assertThat(store.readInbox(INBOX, 1, 10, 2)).isEqualTo(new InboxSlice(List.of(), 3, false, 3));
  }

  @Test
  void theFirstRowComesWhateverItsSize() {
    committed(logs(log(LOG, 0, true, "x".repeat(100_000), "y".repeat(100_000))));
    assertThat(store.readLog(new LogRange(LOG, 1, 9, false, 5, 10)).rows()).hasSize(1);
    assertThat(store.readLog(new LogRange(LOG, 1, 9, false, 5, 200_000)).rows()).hasSize(2);
  }

  @Test
  void dedupRowsAreUniqueUntilReplaced() {
    committed(dedups(0, dedup(LOG, "alice", "id\0", 100, false)));
    assertThat(store.commit(dedups(0, dedup(LOG, "alice", "id\0", 200, false))))
        .isEqualTo(new Conflict(Cause.DUPLICATE));
    assertThat(store.commit(dedups(99, dedup(LOG, "alice", "id\0", 200, true))))
        .isEqualTo(new Conflict(Cause.DUPLICATE));
    committed(dedups(100, dedup(LOG, "alice", "id\0", 200, true)));
    committed(dedups(0, dedup(LOG, "bob", "id\0", 300, false)));
    DedupKey key = new DedupKey(LOG, "alice", "id\0");
    DedupKey unknown = new DedupKey(LOG, "nobody", "id\0");
    assertThat(store.dedups(List.of(key, unknown)))
        .containsOnly(java.util.Map.entry(key, dedup(LOG, "alice", "id\0", 200, false)));
    assertThat(store.removeExpiredDedups(199, 10)).isZero();
    assertThat(store.removeExpiredDedups(300, 1)).isEqualTo(1);
    assertThat(store.removeExpiredDedups(300, 10)).isEqualTo(1);
    assertThat(store.dedups(List.of(key))).isEmpty();
  }

  @Test
  void recordsKeepTheirConditions() {
    RecordKey a = record(INBOX, "a");
    RecordKey b = record(INBOX, "b");
    RecordKey c = record(StreamKey.STORE, "");
    committed(
        records(
            RecordWrite.replace(a, 0, 1, bytes("a1")),
            RecordWrite.set(b, 5, bytes("b5")),
            RecordWrite.raise(c, 3, bytes("c3"))));
    committed(records(RecordWrite.raise(c, 2, bytes("c2")), RecordWrite.raise(b, 6, bytes("b6"))));
    CommitOutcome stale = new Conflict(Cause.RECORD);
    assertThat(store.commit(records(RecordWrite.replace(a, 0, 9, bytes("x"))))).isEqualTo(stale);
    assertThat(store.commit(records(RecordWrite.replace(a, 2, 9, bytes("x"))))).isEqualTo(stale);
    assertThat(store.commit(records(RecordWrite.replace(a, 2, 0, bytes(""))))).isEqualTo(stale);
    assertThat(store.commit(records(RecordWrite.replace(a, 0, 0, bytes(""))))).isEqualTo(stale);
    committed(records(RecordWrite.replace(a, 1, 2, bytes("a2"))));
    assertThat(store.records(List.of(a, b, c, record(LOG, "a"))).values())
        .extracting(StoredRecord::version)
        .containsExactlyInAnyOrder(2L, 6L, 3L);
    committed(records(RecordWrite.replace(a, 2, 0, bytes("")), RecordWrite.remove(b)));
    assertThat(store.records(List.of(a, b))).isEmpty();
  }

  @Test
  void guardsAreCompared() {
    RecordKey device = record(INBOX, "phone");
    assertThat(store.commit(Rows.guarded(log(LOG, 0, true, "a"), new Guard(device, 1))))
        .isEqualTo(new Conflict(Cause.RECORD));
    committed(Rows.guarded(log(LOG, 0, true, "a"), new Guard(device, 0)));
    committed(records(RecordWrite.set(device, 1, bytes(""))));
    committed(Rows.guarded(log(LOG, 1, true, "a"), new Guard(device, 1)));
  }

  @Test
  void listingGoesByUnsignedBytes() {
    List<String> ids = List.of("a", "A", "é", "\uD83D\uDE00", "\uFFFD", "ab", "a\0", "");
    List<RecordWrite> writes = new ArrayList<>();
    ids.forEach(id -> writes.add(RecordWrite.set(record(INBOX, id), 1, bytes(id))));
    committed(Commit.ofRecords(0, writes));
    assertThat(store.list(INBOX, "cursor", "", 10))
        .extracting(found -> found.key().id())
        .containsExactly("A", "a", "a\0", "ab", "é", "\uFFFD", "\uD83D\uDE00");
    assertThat(store.list(INBOX, "cursor", "a", 2))
        .extracting(found -> found.key().id())
        .containsExactly("a\0", "ab");
    assertThat(store.list(INBOX, "other", "", 2)).isEmpty();
  }

  @Test
  void keysAreBytes() {
    List<String> names = List.of("a", "A", "a\0", "é", "e\u0301", ":", "\n", "", "x".repeat(600));
    for (String name : names) {
      committed(logs(log(StreamKey.log("t", name), 0, true, name)));
      String tenant = name.isEmpty() ? "z" : "t" + name;
      String within = tenant.substring(0, Math.min(255, tenant.length()));
      committed(logs(log(StreamKey.log(within, "n"), 0, true, "n")));
    }
    for (String name : names) {
      assertThat(
              store
                  .readLog(new LogRange(StreamKey.log("t", name), 1, 1, false, 1, 1))
                  .rows()
                  .get(0)
                  .payload())
          .isEqualTo(bytes(name));
    }
  }

  @Test
  void whatHasNoUtf8IsRefused() {
    assertThat(store.commit(logs(log(StreamKey.log("t", "\uD800"), 0, true, "x"))))
        .isInstanceOf(Refused.class);
    assertThat(store.heads(List.of(StreamKey.log("t", "\uD800"))))
        .containsExactly(StreamHead.EMPTY);
    assertThat(store.commit(dedups(0, dedup(LOG, "a", "\uDC00", 1, false))))
        .isInstanceOf(Refused.class);
  }

  @Test
  void tooLargeIsRefused() {
    LogRow huge = new LogRow(1, 1, 1, 1, new byte[store.info().maxPayloadBytes() + 1]);
    assertThat(store.commit(logs(new dev.restante.storage.LogAppend(LOG, 0, true, List.of(huge)))))
        .isInstanceOf(Refused.class);
  }

  @Test
  void aLockedCommitSeesTheHeads() {
    committed(logs(log(LOG, 0, true, "a")));
    StreamKey fresh = StreamKey.log("t", "fresh");
    CommitOutcome outcome =
        store.commitLocked(
            List.of(LOG, fresh),
            heads ->
                Optional.of(
                    logs(
                        log(LOG, requireNonNull(heads.get(LOG)).head(), false, "b"),
                        log(fresh, requireNonNull(heads.get(fresh)).head(), false, "f"))));
    assertThat(outcome).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(store.commitLocked(List.of(LOG), heads -> Optional.empty()))
        .isInstanceOf(Conflict.class);
    assertThat(store.heads(List.of(LOG, fresh)))
        .extracting(StreamHead::head)
        .containsExactly(2L, 1L);
  }

  @Test
  void everythingSurvivesReopening() {
    committed(logs(log(LOG, 0, true, "a")));
    store.close();
    store.close();
    store = storage.open(CONTEXT);
    assertThat(store.heads(List.of(LOG))).extracting(StreamHead::head).containsExactly(1L);
  }
}
