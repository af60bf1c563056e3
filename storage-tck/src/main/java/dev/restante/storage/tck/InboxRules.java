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
import static dev.restante.storage.tck.Samples.positions;
import static dev.restante.storage.tck.Samples.reference;
import static dev.restante.storage.tck.Samples.show;
import static dev.restante.storage.tck.Samples.showInbox;
import static dev.restante.storage.tck.Samples.showRows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.Store;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a reader of an inbox can rely on. */
interface InboxRules extends Rules {
  @Test
  @Tag("I1")
  default void I1_aReadReturnsTheRowsAfterThePositionInOrder() {
    committed(commit().inbox(INBOX, notes(1, 6)));

    assertThat(showRows(page(0, 100).items())).isEqualTo(showInbox(notes(1, 6)));
    assertThat(showRows(page(2, 100).items())).isEqualTo(showInbox(notes(3, 6)));
    assertThat(showRows(page(5, 100).items())).isEqualTo(showInbox(note(6)));
    assertThat(page(6, 100).items()).isEmpty();
    assertThat(store().readInbox(StreamKey.inbox(TENANT, "nobody"), 0, 100, ANY_SIZE).items())
        .isEmpty();
  }

  @Test
  @Tag("I2")
  default void I2_aReadReturnsAtMostTheLimit() {
    committed(commit().inbox(INBOX, notes(1, 6)));

    InboxSlice four = page(0, 4);
    assertThat(positions(four.items())).containsExactly(1L, 2L, 3L, 4L);
    assertThat(four.more()).isTrue();
    assertThat(positions(page(4, 1).items())).containsExactly(5L);
    assertThat(positions(page(0, Integer.MAX_VALUE).items())).hasSize(6);
  }

  @Test
  @Tag("I3")
  default void I3_aReadReturnsAtMostTheBytesOfInboxAndLogRows() {
    StreamKey log = LOG;
    committed(
        commit()
            .log(log, logRow(1, new byte[100]), logRow(2, new byte[100]), logRow(3, new byte[100]))
            .inbox(INBOX, both(1, 1, 50), both(2, 2, 50), both(3, 3, 50)));

    InboxSlice two = store().readInbox(INBOX, 0, 100, 300);
    assertThat(positions(two.items())).containsExactly(1L, 2L);
    assertThat(two.more()).isTrue();
    assertThat(positions(store().readInbox(INBOX, 0, 100, 299).items())).containsExactly(1L);
    assertThat(positions(store().readInbox(INBOX, 0, 100, 450).items())).hasSize(3);
    assertThat(positions(store().readInbox(INBOX, 0, 100, Long.MAX_VALUE).items())).hasSize(3);
  }

  @Test
  @Tag("I4")
  default void I4_theFirstRowIsReturnedWhateverItsSize() {
    committed(
        commit()
            .log(LOG, logRow(1, new byte[1_000]), logRow(2, new byte[1_000]))
            .inbox(INBOX, both(1, 1, 10), both(2, 2, 10)));

    for (long maxBytes : new long[] {0, 1, 500}) {
      InboxSlice first = store().readInbox(INBOX, 0, 100, maxBytes);
      assertThat(positions(first.items())).containsExactly(1L);
      assertThat(first.scannedTo()).isEqualTo(1);
      assertThat(positions(store().readInbox(INBOX, 1, 100, maxBytes).items())).containsExactly(2L);
    }
  }

  @Test
  @Tag("I5")
  default void I5_readingOnFromScannedToMissesNothing() {
    committed(commit().log(LOG, logRows(1, 9)));
    committed(commit().inbox(INBOX, notes(1, 5)));
    committed(commit().inbox(INBOX, keyed(6, "key"), reference(7, 3), keyed(8, "key"), note(9)));
    trim(INBOX, 2, ALL);
    List<Long> expected = List.of(3L, 4L, 5L, 7L, 8L, 9L);

    for (int limit = 1; limit <= 7; limit++) {
      for (long maxBytes : new long[] {1, 20, ANY_SIZE}) {
        assertThat(positions(walk(limit, maxBytes))).isEqualTo(expected);
      }
    }
  }

  @Test
  @Tag("I6")
  default void I6_aReadThatIsNotCutScansToTheHead() {
    committed(commit().inbox(INBOX, notes(1, 4)));
    InboxSlice all = page(0, 100);
    assertThat(all.more()).isFalse();
    assertThat(all.scannedTo()).isEqualTo(4);

    trim(INBOX, 4, ALL);
    InboxSlice none = page(0, 100);
    assertThat(none.items()).isEmpty();
    assertThat(none.more()).isFalse();
    assertThat(none.scannedTo()).isEqualTo(4);
    assertThat(store().readInbox(StreamKey.inbox(TENANT, "nobody"), 0, 9, 9).scannedTo()).isZero();
  }

  @Test
  @Tag("I7")
  default void I7_aRowComesWithTheLogRowItRefersTo() {
    StreamKey other = StreamKey.log(TENANT, "other");
    InboxRow toOther = InboxRow.reference(3, 4, other, 1);
    committed(
        commit()
            .log(LOG, logRows(1, 3))
            .log(other, logRow(1, bytes("of the other")))
            .inbox(INBOX, both(1, 2, 5), note(2), toOther, reference(4, 9), reference(5, 2)));

    List<InboxItem> items = items(INBOX);
    assertThat(items)
        .extracting(item -> show(item.logRow()))
        .containsExactly(
            show(logRow(2)),
            "none",
            show(logRow(1, bytes("of the other"))),
            "none",
            show(logRow(2)));
    assertThat(showRows(items))
        .isEqualTo(showInbox(both(1, 2, 5), note(2), toOther, reference(4, 9), reference(5, 2)));
  }

  @Test
  @Tag("I8")
  default void I8_aNewerRowRemovesTheOlderOneWithItsKey() {
    committed(commit().inbox(INBOX, keyed(1, "a"), keyed(2, "b"), note(3), keyed(4, "c")));
    committed(commit().inbox(INBOX, keyed(5, "a")));
    assertThat(showRows(items(INBOX)))
        .isEqualTo(showInbox(keyed(2, "b"), note(3), keyed(4, "c"), keyed(5, "a")));

    committed(commit().inbox(INBOX, keyed(6, "a"), keyed(7, "b")));
    assertThat(positions(items(INBOX))).containsExactly(3L, 4L, 6L, 7L);
    trim(INBOX, 6, ALL);
    committed(commit().inbox(INBOX, keyed(8, "a"), keyed(9, "c")));
    assertThat(positions(items(INBOX))).containsExactly(7L, 8L, 9L);
  }

  @Test
  @Tag("I9")
  default void I9_rowsOfOneAppendSupersedeEachOther() {
    committed(
        commit().inbox(INBOX, keyed(1, "a"), keyed(2, "b"), keyed(3, "a"), note(4), keyed(5, "a")));
    assertThat(positions(items(INBOX))).containsExactly(2L, 4L, 5L);

    committed(commit().inbox(INBOX, keyed(6, "b"), keyed(7, "a"), keyed(8, "b")));
    assertThat(positions(items(INBOX))).containsExactly(4L, 7L, 8L);
    assertThat(head(INBOX).head()).isEqualTo(8);
  }

  @Test
  @Tag("I10")
  default void I10_compactionStaysWithinTheInbox() {
    StreamKey other = StreamKey.inbox(TENANT, "carol");
    StreamKey otherTenant = StreamKey.inbox("other", INBOX.name());
    committed(
        commit()
            .inbox(INBOX, keyed(1, "a"), note(2))
            .inbox(other, keyed(1, "a"), note(2))
            .inbox(otherTenant, keyed(1, "a"), note(2)));
    committed(commit().inbox(INBOX, keyed(3, "a")));

    assertThat(positions(items(INBOX))).containsExactly(2L, 3L);
    assertThat(positions(items(other))).containsExactly(1L, 2L);
    assertThat(positions(items(otherTenant))).containsExactly(1L, 2L);
  }

  @Test
  @Tag("I11")
  default void I11_compactionIsNotTrimming() {
    committed(commit().inbox(INBOX, keyed(1, "a"), keyed(2, "b")));
    committed(commit().inbox(INBOX, keyed(3, "a"), keyed(4, "b")));

    assertThat(head(INBOX)).isEqualTo(new StreamHead(4, 0, 0, 0));
    assertThat(page(0, 100).floor()).isZero();
    assertThat(page(0, 1).scannedTo()).isLessThan(4);
  }

  @Test
  @Tag("I12")
  default void I12_theFloorIsReportedWithEveryRead() {
    committed(commit().inbox(INBOX, notes(1, 6)));
    assertThat(page(0, 100).floor()).isZero();
    trim(INBOX, 3, ALL);

    InboxSlice below = page(1, 2);
    assertThat(below.floor()).isEqualTo(3);
    assertThat(positions(below.items())).containsExactly(4L, 5L);
    assertThat(page(4, 100).floor()).isEqualTo(3);
    assertThat(page(6, 100).floor()).isEqualTo(3);
    trim(INBOX, 6, ALL);
    assertThat(page(0, 100).floor()).isEqualTo(6);
  }

  @Test
  @Tag("I13")
  default void I13_aReaderBeyondTheHeadIsNotSentBack() {
    committed(commit().inbox(INBOX, notes(1, 3)));

    for (long after : new long[] {3, 4, 1_000, Long.MAX_VALUE}) {
      InboxSlice beyond = page(after, 100);
      assertThat(beyond.items()).isEmpty();
      assertThat(beyond.more()).isFalse();
      assertThat(beyond.scannedTo()).isEqualTo(after);
    }
  }

  @Test
  @Tag("I14")
  default void I14_aReaderNeverSeesARowAndMissesAnEarlierOne() {
    Store one = store();
    Store two = fixture().anotherIfShared();
    Store reading = fixture().anotherIfShared();
    int rounds = 50;
    long seen = 0;
    try (Race race = new Race(3)) {
      for (int round = 0; round < rounds; round++) {
        long after = seen;
        List<Long> ends =
            race.run(
                List.of(
                    () -> appendThree(one),
                    () -> appendThree(two),
                    () -> followWithoutGap(reading, after)));
        seen = ends.get(2);
      }
    }
    assertThat(followWithoutGap(reading, seen)).isEqualTo(2L * 3 * rounds);
  }

  @Test
  @Tag("I15")
  default void I15_compactionRemovesAndAppendsInOneStep() {
    Store writing = store();
    Store reading = fixture().anotherIfShared();
    committed(commit().inbox(INBOX, note(1), keyed(2, "key")));
    try (Race race = new Race(2)) {
      for (long n = 3; n <= 80; n++) {
        CommitBuilder next = commit().inbox(INBOX, keyed(n, "key"));
        race.run(
            List.of(
                () -> {
                  assertThat(outcome(writing, next.build())).isEqualTo(CommitOutcome.COMMITTED);
                  return true;
                },
                () -> {
                  for (int look = 0; look < 8; look++) {
                    assertThat(reading.readInbox(INBOX, 0, ALL, ANY_SIZE).items())
                        .as("the note and one row with the key")
                        .hasSize(2);
                  }
                  return true;
                }));
      }
    }
  }

  private static InboxRow both(long position, long seq, int bytes) {
    return new InboxRow(position, 6, 2, LOG, seq, null, new byte[bytes]);
  }

  private List<InboxItem> walk(int limit, long maxBytes) {
    List<InboxItem> seen = new ArrayList<>();
    long after = 0;
    while (true) {
      InboxSlice slice = store().readInbox(INBOX, after, limit, maxBytes);
      assertThat(slice.scannedTo()).isGreaterThanOrEqualTo(after);
      assertThat(slice.items()).hasSizeLessThanOrEqualTo(limit);
      seen.addAll(slice.items());
      if (!slice.more()) {
        return seen;
      }
      assertThat(slice.scannedTo()).as("a read with more to come gets on").isGreaterThan(after);
      after = slice.scannedTo();
    }
  }

  private long appendThree(Store store) {
    while (true) {
      long head = store.heads(List.of(INBOX)).get(0).head();
      CommitBuilder three = commit().inbox(INBOX, notes(head + 1, head + 3));
      if (outcome(store, three.build()) instanceof CommitOutcome.Committed) {
        return head + 3;
      }
    }
  }

  /** Reads a few pages and returns how far they went. */
  private long followWithoutGap(Store store, long from) {
    long after = from;
    for (int look = 0; look < 8; look++) {
      InboxSlice slice = store.readInbox(INBOX, after, 7, ANY_SIZE);
      int found = slice.items().size();
      assertThat(positions(slice.items()))
          .isEqualTo(LongStream.rangeClosed(after + 1, after + found).boxed().toList());
      assertThat(slice.scannedTo()).isEqualTo(after + found);
      after = slice.scannedTo();
    }
    return after;
  }
}
