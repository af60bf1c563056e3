package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.INBOX;
import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.keyed;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.logRows;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.notes;
import static dev.restante.storage.tck.Samples.positions;
import static dev.restante.storage.tck.Samples.reference;
import static dev.restante.storage.tck.Samples.seqs;
import static dev.restante.storage.tck.Samples.show;
import static dev.restante.storage.tck.Samples.showLog;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.LogRow;
import dev.restante.storage.Store;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rows leave at the old end, and a floor stays. */
interface TrimRules extends Rules {
  @Test
  @Tag("T1")
  default void T1_trimmingRemovesTheOldestRowsAndRaisesTheFloor() {
    committed(commit().log(LOG, logRows(1, 6)).inbox(INBOX, notes(1, 6)));

    assertThat(trim(LOG, 2, ALL)).isEqualTo(2);
    assertThat(trim(INBOX, 5, ALL)).isEqualTo(5);
    assertThat(showLog(rows(LOG))).isEqualTo(showLog(logRows(3, 6)));
    assertThat(positions(items(INBOX))).containsExactly(6L);
    LogRow last = logRow(6);
    assertThat(head(LOG)).isEqualTo(new StreamHead(6, last.ordinal(), last.timeMillis(), 2));
    assertThat(head(INBOX)).isEqualTo(new StreamHead(6, 0, 0, 5));
  }

  @Test
  @Tag("T2")
  default void T2_theFloorNeverGoesAboveTheHead() {
    committed(commit().log(LOG, logRows(1, 3)).inbox(INBOX, notes(1, 2)));

    assertThat(trim(LOG, 4, ALL)).isEqualTo(3);
    assertThat(trim(INBOX, Long.MAX_VALUE, ALL)).isEqualTo(2);
    assertThat(head(LOG).head()).isEqualTo(3);
    assertThat(head(INBOX).head()).isEqualTo(2);
    assertThat(trim(LOG, 1_000, ALL)).isEqualTo(3);
    committed(commit().verifiedLog(LOG, logRow(4)).verifiedInbox(INBOX, note(3)));
    assertThat(seqs(rows(LOG))).containsExactly(4L);
  }

  @Test
  @Tag("T3")
  default void T3_atMostSoManyRowsAreRemovedAtOnce() {
    committed(commit().log(LOG, logRows(1, 10)).inbox(INBOX, notes(1, 10)));

    assertThat(trim(LOG, 8, 3)).isEqualTo(3);
    assertThat(seqs(rows(LOG))).hasSize(7).startsWith(4L);
    assertThat(trim(LOG, 8, 3)).isEqualTo(6);
    assertThat(trim(LOG, 8, 3)).isEqualTo(8);
    assertThat(seqs(rows(LOG))).containsExactly(9L, 10L);
    assertThat(trim(INBOX, 10, 9)).isEqualTo(9);
    assertThat(positions(items(INBOX))).containsExactly(10L);
  }

  @Test
  @Tag("T4")
  default void T4_theFloorStopsAtTheLastRowRemoved() {
    committed(commit().inbox(INBOX, keyed(1, "a"), note(2), keyed(3, "b"), note(4)));
    committed(commit().inbox(INBOX, keyed(5, "a"), keyed(6, "b"), note(7)));

    assertThat(trim(INBOX, 6, 1)).isEqualTo(2);
    assertThat(positions(items(INBOX))).containsExactly(4L, 5L, 6L, 7L);
    assertThat(head(INBOX).floor()).isEqualTo(2);
    assertThat(page(0, 100).floor()).isEqualTo(2);
    assertThat(trim(INBOX, 3, 1)).isEqualTo(3);
    assertThat(positions(items(INBOX))).containsExactly(4L, 5L, 6L, 7L);
    assertThat(trim(INBOX, 6, 3)).isEqualTo(6);
    assertThat(positions(items(INBOX))).containsExactly(7L);
  }

  @Test
  @Tag("T5")
  default void T5_theFloorKeepsOrdinalAndTimeOfTheLastRowRemoved() {
    committed(commit().log(LOG, logRows(1, 5)));
    assertThat(trim(LOG, 5, 3)).isEqualTo(3);
    assertThat(trim(LOG, 5, 3)).isEqualTo(5);

    LogRow last = logRow(5);
    assertThat(head(LOG)).isEqualTo(new StreamHead(5, last.ordinal(), last.timeMillis(), 5));
  }

  @Test
  @Tag("T6")
  default void T6_theFloorNeverGoesDown() {
    StreamKey unknown = StreamKey.log(TENANT, "unknown");
    committed(commit().log(LOG, logRows(1, 6)));
    assertThat(trim(LOG, 4, ALL)).isEqualTo(4);

    for (long through : new long[] {4, 3, 1, 0, -1, Long.MIN_VALUE}) {
      assertThat(trim(LOG, through, ALL)).isEqualTo(4);
      assertThat(trim(LOG, through, 1)).isEqualTo(4);
    }
    assertThat(head(LOG).floor()).isEqualTo(4);
    assertThat(seqs(rows(LOG))).containsExactly(5L, 6L);
    assertThat(trim(unknown, 9, ALL)).isZero();
    assertThat(head(unknown)).isEqualTo(StreamHead.EMPTY);
  }

  @Test
  @Tag("T7")
  default void T7_floorsAreAnsweredInTheOrderAskedFor() {
    StreamKey other = StreamKey.log(TENANT, "a second one");
    StreamKey unknown = StreamKey.log(TENANT, "nothing here");
    committed(commit().log(LOG, logRows(1, 3)).log(other, logRows(1, 9)).inbox(INBOX, notes(1, 6)));

    List<Trim> trims =
        List.of(new Trim(LOG, 1), new Trim(unknown, 8), new Trim(INBOX, 4), new Trim(other, 7));
    assertThat(repeating(() -> store().trim(trims, ALL))).containsExactly(1L, 0L, 4L, 7L);
    assertThat(repeating(() -> store().trim(List.of(), ALL))).isEmpty();
    assertThat(rows(LOG)).hasSize(2);
    assertThat(rows(other)).hasSize(2);
    assertThat(items(INBOX)).hasSize(2);
  }

  @Test
  @Tag("T8")
  default void T8_anInboxRowOutlivesTheLogRowItRefersTo() {
    committed(
        commit()
            .log(LOG, logRows(1, 3))
            .inbox(INBOX, reference(1, 1), reference(2, 2), reference(3, 3)));
    trim(LOG, 2, ALL);

    assertThat(positions(items(INBOX))).containsExactly(1L, 2L, 3L);
    assertThat(items(INBOX))
        .extracting(item -> show(item.logRow()))
        .containsExactly("none", "none", show(logRow(3)));
  }

  @Test
  @Tag("T9")
  default void T9_trimmingBesideAWriterLosesNothing() {
    Store writing = store();
    Store trimming = fixture().anotherIfShared();
    int appends = 100;
    try (Race race = new Race(2)) {
      for (long n = 1; n <= appends; n++) {
        long next = n;
        race.run(
            List.of(
                () -> {
                  assertThat(writing.heads(List.of(LOG)).get(0).head()).isEqualTo(next - 1);
                  assertThat(outcome(writing, commit().verifiedLog(LOG, logRow(next)).build()))
                      .isEqualTo(CommitOutcome.COMMITTED);
                  return true;
                },
                () -> repeating(() -> trimming.trim(List.of(new Trim(LOG, next)), 2))));
      }
    }
    StreamHead head = head(LOG);
    LogRow last = logRow(appends);
    assertThat(head)
        .isEqualTo(new StreamHead(appends, last.ordinal(), last.timeMillis(), head.floor()));
    assertThat(seqs(rows(LOG)))
        .isEqualTo(LongStream.rangeClosed(head.floor() + 1, appends).boxed().toList());
  }
}
