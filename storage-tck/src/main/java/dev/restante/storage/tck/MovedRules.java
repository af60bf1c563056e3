package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.INBOX;
import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.NOW;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.keyed;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.logRows;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.notes;
import static dev.restante.storage.tck.Samples.positions;
import static dev.restante.storage.tck.Samples.remembered;
import static dev.restante.storage.tck.Samples.replacing;
import static dev.restante.storage.tck.Samples.seqs;
import static dev.restante.storage.tck.Samples.show;
import static dev.restante.storage.tck.Samples.showInbox;
import static dev.restante.storage.tck.Samples.showLog;
import static dev.restante.storage.tck.Samples.showRows;
import static dev.restante.storage.tck.Samples.submit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRow;
import dev.restante.storage.Store;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What another store held can be written as it was there. */
interface MovedRules extends Rules {
  /** Far above anything else in these tests, and little enough to be filled up. */
  long FAR = 5_000;

  @Test
  @Tag("M1")
  default void M1_aLogWithoutRowsGoesOnAtAnyNumber() {
    fixture().needsMoving("M1");
    StreamKey trimmed = StreamKey.log(TENANT, "trimmed");
    committed(commit().log(trimmed, logRows(1, 3)));
    trim(trimmed, 3, ALL);
    LogRow[] rows = logRows(FAR, FAR + 2);

    committed(commit().movedLog(LOG, 0, rows).movedLog(trimmed, 3, rows));

    for (StreamKey log : List.of(LOG, trimmed)) {
      assertThat(trim(log, FAR - 1, ALL)).isEqualTo(FAR - 1);
      LogRow last = logRow(FAR + 2);
      assertThat(head(log))
          .isEqualTo(new StreamHead(FAR + 2, last.ordinal(), last.timeMillis(), FAR - 1));
      assertThat(showLog(rows(log))).isEqualTo(showLog(rows));
      conflict(commit().log(log, logRow(4)));
      conflict(commit().log(log, logRow(FAR - 1)));
      conflict(commit().verifiedLog(log, logRow(FAR + 2)));
      committed(commit().verifiedLog(log, logRow(FAR + 3)));
      assertThat(seqs(rows(log))).containsExactly(FAR, FAR + 1, FAR + 2, FAR + 3);
    }
  }

  @Test
  @Tag("M2")
  default void M2_numbersLeftOutOfAnInboxAreHoles() {
    fixture().needsMoving("M2");
    committed(commit().inbox(INBOX, note(1), keyed(2, "a"), keyed(3, "b")));
    InboxRow[] rows = {note(7), keyed(9, "a"), note(10), keyed(FAR, "c")};

    committed(commit().movedInbox(INBOX, 3, rows));

    assertThat(showRows(items(INBOX)))
        .isEqualTo(showInbox(note(1), keyed(3, "b"), note(7), keyed(9, "a"), note(10), rows[3]));
    assertThat(head(INBOX)).isEqualTo(new StreamHead(FAR, 0, 0, 0));
    InboxSlice slice = page(3, 2);
    assertThat(positions(slice.items())).containsExactly(7L, 9L);
    assertThat(slice.scannedTo()).isEqualTo(9);
    assertThat(page(10, ALL).scannedTo()).isEqualTo(FAR);
    conflict(commit().inbox(INBOX, note(4)));
    conflict(commit().inbox(INBOX, note(11)));
    conflict(commit().inbox(INBOX, note(FAR)));
    committed(commit().verifiedInbox(INBOX, keyed(FAR + 1, "c"), keyed(FAR + 2, "b")));
    assertThat(positions(items(INBOX))).containsExactly(1L, 7L, 9L, 10L, FAR + 1, FAR + 2);
    assertThat(trim(INBOX, 8, ALL)).isEqualTo(8);
    assertThat(trim(INBOX, 500, ALL)).isEqualTo(500);
    assertThat(positions(items(INBOX))).containsExactly(FAR + 1, FAR + 2);
  }

  @Test
  @Tag("M3")
  default void M3_anotherHeadIsAConflictAndNothingIsWritten() {
    fixture().needsMoving("M3");
    committed(commit().log(LOG, logRows(1, 3)).inbox(INBOX, notes(1, 3)));
    trim(LOG, 3, ALL);

    for (long head : new long[] {0, 1, 2, 4, 5, 99}) {
      conflict(commit().movedLog(LOG, head, logRow(100)));
      conflict(commit().movedInbox(INBOX, head, note(100)));
    }
    conflict(commit().movedInbox(INBOX, 3, note(100)).movedLog(LOG, 2, logRow(100)));
    assertThat(head(LOG).head()).isEqualTo(3);
    assertThat(showRows(items(INBOX))).isEqualTo(showInbox(notes(1, 3)));
    committed(commit().movedLog(LOG, 3, logRow(100)).movedInbox(INBOX, 3, note(100)));
    for (long head : new long[] {0, 3, 4, 99, 101}) {
      conflict(commit().movedInbox(INBOX, head, note(200)));
    }
    conflict(commit().inbox(INBOX, note(4)));
    conflict(commit().log(LOG, logRow(4)));
  }

  @Test
  @Tag("M4")
  default void M4_ofTwoThatMoveAtOneHeadOneWins() {
    fixture().needsMoving("M4");
    Store one = store();
    Store two = fixture().anotherIfShared();
    try (Race race = new Race(2)) {
      for (int nth = 0; nth < 40; nth++) {
        StreamKey log = StreamKey.log(TENANT, "moved " + nth);
        long head = 6L * nth;
        List<CommitOutcome> outcomes =
            race.run(
                List.of(
                    () -> moved(one, log, head, logRow(20), note(head + 3)),
                    () -> moved(two, log, head, logRow(30), note(head + 6))));
        assertThat(outcomes).containsOnlyOnce(CommitOutcome.COMMITTED);
        assertThat(outcomes).filteredOn(CommitRules::isConflict).hasSize(1);
        boolean first = outcomes.get(0).equals(CommitOutcome.COMMITTED);
        assertThat(head(log).head()).isEqualTo(first ? 20 : 30);
        assertThat(head(INBOX).head()).isEqualTo(head + (first ? 3 : 6));
        if (first) {
          committed(commit().movedInbox(INBOX, head + 3, note(head + 6)));
        }
      }
    }
  }

  private CommitOutcome moved(Store store, StreamKey log, long head, LogRow row, InboxRow note) {
    return outcome(store, commit().movedLog(log, 0, row).movedInbox(INBOX, head, note).build());
  }

  @Test
  @Tag("M5")
  default void M5_aFloorIsMovedAsARowThatIsTrimmed() {
    fixture().needsMoving("M5");
    LogRow last = new LogRow(FAR, 77, NOW + 5, 0, Samples.nothing());
    committed(commit().movedLog(LOG, 0, last).movedInbox(INBOX, 0, note(FAR)));

    assertThat(trim(LOG, FAR, ALL)).isEqualTo(FAR);
    assertThat(trim(INBOX, FAR, ALL)).isEqualTo(FAR);

    assertThat(head(LOG)).isEqualTo(new StreamHead(FAR, 77, NOW + 5, FAR));
    assertThat(head(INBOX)).isEqualTo(new StreamHead(FAR, 0, 0, FAR));
    assertThat(rows(LOG)).isEmpty();
    assertThat(items(INBOX)).isEmpty();
    conflict(commit().log(LOG, logRow(1)));
    conflict(commit().inbox(INBOX, note(1)));
    committed(commit().verifiedLog(LOG, logRow(FAR + 1)).verifiedInbox(INBOX, note(FAR + 1)));
  }

  @Test
  @Tag("M6")
  default void M6_atTheEndOfTimeAnySubmitIsReplaced() {
    fixture().needsMoving("M6");
    committed(
        commit()
            .dedup(remembered(submit("lasting"), 1, NOW + 1_000))
            .dedup(remembered(submit("eternal"), 2, Long.MAX_VALUE)));

    committed(
        commit()
            .at(Long.MAX_VALUE)
            .dedup(replacing(submit("lasting"), 3, NOW + 5))
            .dedup(replacing(submit("eternal"), 4, NOW + 6))
            .dedup(replacing(submit("new"), 5, Long.MAX_VALUE)));

    assertThat(show(recalled(submit("lasting"))))
        .isEqualTo(show(replacing(submit("lasting"), 3, NOW + 5)));
    assertThat(show(recalled(submit("eternal"))))
        .isEqualTo(show(replacing(submit("eternal"), 4, NOW + 6)));
    assertThat(show(recalled(submit("new"))))
        .isEqualTo(show(replacing(submit("new"), 5, Long.MAX_VALUE)));
    assertThat(repeating(() -> store().removeExpiredDedups(NOW + 5, ALL))).isEqualTo(1);
    assertThat(recalled(submit("lasting"))).isNull();
    assertThat(recalled(submit("eternal"))).isNotNull();
  }
}
