package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.INBOX;
import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.bytes;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.keyed;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.logRows;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.notes;
import static dev.restante.storage.tck.Samples.nothing;
import static dev.restante.storage.tck.Samples.positions;
import static dev.restante.storage.tck.Samples.record;
import static dev.restante.storage.tck.Samples.remembered;
import static dev.restante.storage.tck.Samples.show;
import static dev.restante.storage.tck.Samples.showInbox;
import static dev.restante.storage.tck.Samples.showLog;
import static dev.restante.storage.tck.Samples.showRows;
import static dev.restante.storage.tck.Samples.submit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.DedupKey;
import dev.restante.storage.InboxRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A commit and a look-up are batches. */
interface BatchRules extends Rules {
  @Test
  @Tag("B1")
  default void B1_everyRowOfALargeCommitIsWritten() {
    int count = batch();
    committed(large(count));

    List<StreamKey> streams = new ArrayList<>();
    List<DedupKey> submits = new ArrayList<>();
    List<RecordKey> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      streams.add(logOf(i));
      streams.add(inboxOf(i));
      submits.add(submit("id " + i));
      records.add(record("id " + i));
    }
    assertThat(store().heads(streams)).extracting(StreamHead::head).containsOnly(1L);
    assertThat(store().dedups(submits)).containsOnlyKeys(submits);
    assertThat(store().records(records)).containsOnlyKeys(records);
    assertThat(store().list(INBOX, record("").space(), "", ALL)).hasSize(count);
    for (int i = 0; i < count; i += 37) {
      assertThat(showLog(rows(logOf(i)))).isEqualTo(showLog(logRow(1, bytes("row of " + i))));
      assertThat(items(inboxOf(i)))
          .extracting(item -> show(item.logRow()))
          .containsExactly(show(logRow(1, bytes("row of " + i))));
    }
  }

  @Test
  @Tag("B2")
  default void B2_oneConflictFailsTheWholeBatch() {
    int count = batch();
    int taken = count / 2;
    committed(commit().log(logOf(taken), logRow(1)));
    conflict(large(count));

    for (int i = 0; i < count; i++) {
      long expected = i == taken ? 1 : 0;
      assertThat(head(logOf(i)).head()).isEqualTo(expected);
      assertThat(head(inboxOf(i)).head()).isZero();
      assertThat(recalled(submit("id " + i))).isNull();
    }
    assertThat(store().list(INBOX, record("").space(), "", ALL)).isEmpty();
  }

  @Test
  @Tag("B3")
  default void B3_aLargeLookUpIsAnsweredInFull() {
    committed(
        commit()
            .log(LOG, logRows(1, 3))
            .dedup(remembered(submit("last"), 1, Long.MAX_VALUE))
            .record(RecordWrite.set(record("last"), 1, nothing())));
    int count = 12_000;
    List<StreamKey> streams = new ArrayList<>();
    List<DedupKey> submits = new ArrayList<>();
    List<RecordKey> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      streams.add(logOf(i));
      submits.add(submit("unknown " + i));
      records.add(record("unknown " + i));
    }
    streams.add(LOG);
    submits.add(submit("last"));
    submits.add(submit("last"));
    records.add(record("last"));
    records.add(record("last"));

    List<StreamHead> heads = store().heads(streams);
    assertThat(heads).hasSize(count + 1);
    assertThat(heads.get(count).head()).isEqualTo(3);
    assertThat(heads.subList(0, count)).containsOnly(StreamHead.EMPTY);
    assertThat(store().dedups(submits)).containsOnlyKeys(submit("last"));
    assertThat(store().records(records)).containsOnlyKeys(record("last"));
  }

  @Test
  @Tag("B4")
  default void B4_oneBatchMayHoldTheSameNamesOfManyTenants() {
    int tenants = 50;
    CommitBuilder all = commit();
    for (int i = 0; i < tenants; i++) {
      StreamKey log = StreamKey.log("tenant " + i, "same");
      StreamKey inbox = StreamKey.inbox("tenant " + i, "same");
      all.log(log, logRow(1, bytes("of " + i)));
      all.inbox(inbox, InboxRow.reference(1, 1, log, 1));
      all.dedup(remembered(new DedupKey(log, "same", "same"), i, Long.MAX_VALUE));
      all.record(RecordWrite.set(new RecordKey(inbox, "same", "same"), i + 1L, nothing()));
    }
    committed(all);

    for (int i = 0; i < tenants; i++) {
      StreamKey log = StreamKey.log("tenant " + i, "same");
      StreamKey inbox = StreamKey.inbox("tenant " + i, "same");
      assertThat(items(inbox))
          .extracting(item -> show(item.logRow()))
          .containsExactly(show(logRow(1, bytes("of " + i))));
      assertThat(show(recalled(new DedupKey(log, "same", "same"))))
          .isEqualTo(show(remembered(new DedupKey(log, "same", "same"), i, Long.MAX_VALUE)));
      assertThat(version(store(), new RecordKey(inbox, "same", "same"))).isEqualTo(i + 1L);
    }
  }

  @Test
  @Tag("B5")
  default void B5_oneStreamMayGetManyRowsAtOnce() {
    int count = batch();
    StreamKey compacting = StreamKey.inbox(TENANT, "compacting");
    InboxRow[] rows = new InboxRow[count];
    for (int i = 0; i < count; i++) {
      rows[i] = i == 0 ? note(1) : keyed(i + 1L, "key " + i % 2);
    }
    committed(
        commit().log(LOG, logRows(1, count)).inbox(INBOX, notes(1, count)).inbox(compacting, rows));

    assertThat(showLog(rows(LOG))).isEqualTo(showLog(logRows(1, count)));
    assertThat(showRows(items(INBOX))).isEqualTo(showInbox(notes(1, count)));
    assertThat(positions(items(compacting))).containsExactly(1L, count - 1L, (long) count);
  }

  /** How many of each kind fit into a commit; 500 at most. */
  private int batch() {
    return Math.min(500, store().info().maxCommitRows() / 4);
  }

  private static CommitBuilder large(int count) {
    CommitBuilder large = commit();
    for (int i = 0; i < count; i++) {
      large.log(logOf(i), logRow(1, bytes("row of " + i)));
      large.inbox(inboxOf(i), InboxRow.reference(1, 1, logOf(i), 1));
      large.dedup(remembered(submit("id " + i), 1, Long.MAX_VALUE));
      large.record(RecordWrite.set(record("id " + i), 1, nothing()));
    }
    return large;
  }

  private static StreamKey logOf(int i) {
    return StreamKey.log(TENANT, "conversation " + i);
  }

  private static StreamKey inboxOf(int i) {
    return StreamKey.inbox(TENANT, "user " + i);
  }
}
