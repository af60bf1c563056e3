package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.INBOX;
import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.NOW;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.bytes;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.keyed;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.logRows;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.notes;
import static dev.restante.storage.tck.Samples.positions;
import static dev.restante.storage.tck.Samples.show;
import static dev.restante.storage.tck.Samples.showInbox;
import static dev.restante.storage.tck.Samples.showLog;
import static dev.restante.storage.tck.Samples.showRows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.LogRow;
import dev.restante.storage.Store;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No number is ever used twice. */
interface FenceRules extends Rules {
  @Test
  @Tag("F1")
  default void F1_aLogHeadAboveTheExpectedOneIsAConflict() {
    committed(commit().log(LOG, logRows(1, 3)));

    conflict(commit().log(LOG, logRow(1)));
    conflict(commit().log(LOG, logRow(3)));
    conflict(commit().log(LOG, logRows(3, 5)));
    conflict(commit().verifiedLog(LOG, logRow(2)));
    assertThat(showLog(rows(LOG))).isEqualTo(showLog(logRows(1, 3)));

    committed(commit().log(LOG, logRow(4)));
    assertThat(head(LOG).head()).isEqualTo(4);
  }

  @Test
  @Tag("F2")
  default void F2_anInboxHeadAboveTheExpectedOneIsAConflict() {
    committed(commit().inbox(INBOX, notes(1, 3)));

    conflict(commit().inbox(INBOX, note(1)));
    conflict(commit().inbox(INBOX, note(3)));
    conflict(commit().inbox(INBOX, notes(3, 5)));
    conflict(commit().verifiedInbox(INBOX, note(2)));
    assertThat(showRows(items(INBOX))).isEqualTo(showInbox(notes(1, 3)));

    committed(commit().inbox(INBOX, note(4)));
    assertThat(head(INBOX).head()).isEqualTo(4);
  }

  @Test
  @Tag("F3")
  default void F3_verifyNoticesALogHeadBelowTheExpectedOne() {
    conflict(commit().verifiedLog(LOG, logRow(2)));
    committed(commit().verifiedLog(LOG, logRows(1, 3)));
    conflict(commit().verifiedLog(LOG, logRow(5)));
    committed(commit().verifiedLog(LOG, logRow(4)));
    trim(LOG, 4, ALL);
    conflict(commit().verifiedLog(LOG, logRow(6)));
    committed(commit().verifiedLog(LOG, logRow(5)));

    assertThat(showLog(rows(LOG))).isEqualTo(showLog(logRow(5)));
  }

  @Test
  @Tag("F4")
  default void F4_verifyNoticesAnInboxHeadBelowTheExpectedOne() {
    conflict(commit().verifiedInbox(INBOX, note(2)));
    committed(commit().verifiedInbox(INBOX, notes(1, 3)));
    conflict(commit().verifiedInbox(INBOX, note(5)));
    committed(commit().verifiedInbox(INBOX, note(4)));
    trim(INBOX, 4, ALL);
    conflict(commit().verifiedInbox(INBOX, note(6)));
    committed(commit().verifiedInbox(INBOX, note(5)));

    assertThat(positions(items(INBOX))).containsExactly(5L);
  }

  @Test
  @Tag("F5")
  default void F5_aLogNumberIsNeverUsedTwiceEvenAfterTrimToEmpty() {
    committed(commit().log(LOG, logRows(1, 3)));
    trim(LOG, 3, ALL);

    assertThat(rows(LOG)).isEmpty();
    assertThat(head(LOG).head()).isEqualTo(3);
    conflict(commit().log(LOG, logRow(1)));
    conflict(commit().log(LOG, logRow(3)));
    conflict(commit().log(LOG, logRows(3, 4)));
    conflict(commit().verifiedLog(LOG, logRow(1)));
    committed(commit().log(LOG, logRow(4)));
    assertThat(showLog(rows(LOG))).isEqualTo(showLog(logRow(4)));
  }

  @Test
  @Tag("F6")
  default void F6_anInboxPositionIsNeverUsedTwiceEvenAfterTrimToEmpty() {
    committed(commit().inbox(INBOX, notes(1, 3)));
    trim(INBOX, 3, ALL);

    assertThat(items(INBOX)).isEmpty();
    assertThat(head(INBOX).head()).isEqualTo(3);
    conflict(commit().inbox(INBOX, note(1)));
    conflict(commit().inbox(INBOX, note(3)));
    conflict(commit().inbox(INBOX, notes(3, 4)));
    conflict(commit().verifiedInbox(INBOX, note(1)));
    committed(commit().inbox(INBOX, note(4)));
    assertThat(positions(items(INBOX))).containsExactly(4L);
  }

  @Test
  @Tag("F7")
  default void F7_aLowHeadIsAConflictWhereCompactionRemovedTheRow() {
    committed(commit().inbox(INBOX, keyed(1, "key")));
    committed(commit().inbox(INBOX, keyed(2, "key")));
    assertThat(positions(items(INBOX))).containsExactly(2L);

    conflict(commit().inbox(INBOX, note(1)));
    conflict(commit().inbox(INBOX, keyed(1, "key")));
    conflict(commit().inbox(INBOX, keyed(1, "other")));
    committed(commit().inbox(INBOX, note(3)));
    committed(commit().inbox(INBOX, keyed(4, "key")));
    conflict(commit().inbox(INBOX, note(2)));
    assertThat(positions(items(INBOX))).containsExactly(3L, 4L);
  }

  @Test
  @Tag("F8")
  default void F8_theFloorOutlivesTheHandle() {
    fixture().needsReopening("F8");
    committed(commit().log(LOG, logRows(1, 3)).inbox(INBOX, notes(1, 2)));
    trim(LOG, 3, ALL);
    trim(INBOX, 2, ALL);
    LogRow last = logRow(3);

    fixture().reopen();

    assertThat(head(LOG)).isEqualTo(new StreamHead(3, last.ordinal(), last.timeMillis(), 3));
    assertThat(head(INBOX)).isEqualTo(new StreamHead(2, 0, 0, 2));
    conflict(commit().log(LOG, logRow(3)));
    conflict(commit().inbox(INBOX, note(2)));
  }

  @Test
  @Tag("F9")
  default void F9_ofTwoThatAppendAtOneHeadOneWins() {
    Store one = store();
    Store two = fixture().anotherIfShared();
    List<String> expected = new ArrayList<>();
    try (Race race = new Race(2)) {
      for (long n = 1; n <= 60; n++) {
        LogRow ofOne = logRow(n, bytes("one " + n));
        LogRow ofTwo = logRow(n, bytes("two " + n));
        List<CommitOutcome> outcomes =
            race.run(
                List.of(
                    () -> outcome(one, commit().log(LOG, ofOne).build()),
                    () -> outcome(two, commit().log(LOG, ofTwo).build())));
        assertThat(outcomes).containsOnlyOnce(CommitOutcome.COMMITTED);
        assertThat(outcomes).filteredOn(CommitRules::isConflict).hasSize(1);
        expected.add(show(outcomes.get(0).equals(CommitOutcome.COMMITTED) ? ofOne : ofTwo));
      }
    }
    assertThat(showLog(rows(LOG))).isEqualTo(expected);
  }

  @Test
  @Tag("F10")
  default void F10_aLowHeadIsAConflictWhileTheStreamIsTrimmed() {
    Store one = store();
    Store two = fixture().anotherIfShared();
    try (Race race = new Race(2)) {
      for (long n = 1; n <= 60; n++) {
        long last = n;
        committed(commit().log(LOG, logRow(last)));
        Callable<CommitOutcome> trims =
            () -> {
              repeating(() -> one.trim(List.of(new Trim(LOG, last)), ALL));
              return CommitOutcome.COMMITTED;
            };
        List<CommitOutcome> outcomes =
            race.run(
                List.of(
                    trims,
                    () -> outcome(two, commit().log(LOG, logRow(last, bytes("late"))).build())));
        assertThat(CommitRules.isConflict(outcomes.get(1))).isTrue();
        assertThat(head(LOG).head()).isEqualTo(last);
        assertThat(rows(LOG)).isEmpty();
      }
    }
  }

  @Test
  @Tag("F11")
  default void F11_headsAreAnsweredInTheOrderAskedFor() {
    StreamKey unknown = StreamKey.log(TENANT, "nothing here");
    StreamKey other = StreamKey.log(TENANT, "a second one");
    committed(commit().log(LOG, logRows(1, 3)).inbox(INBOX, notes(1, 5)).log(other, logRows(1, 2)));

    StreamHead ofLog = new StreamHead(3, 9, NOW + 21, 0);
    StreamHead ofInbox = new StreamHead(5, 0, 0, 0);
    StreamHead ofOther = new StreamHead(2, 6, NOW + 14, 0);
    assertThat(store().heads(List.of(LOG, unknown, INBOX, other, LOG)))
        .containsExactly(ofLog, StreamHead.EMPTY, ofInbox, ofOther, ofLog);
    assertThat(store().heads(List.of(other, INBOX, LOG))).containsExactly(ofOther, ofInbox, ofLog);
    assertThat(store().heads(List.of())).isEmpty();
  }
}
