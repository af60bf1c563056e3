package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.logRows;
import static dev.restante.storage.tck.Samples.seqs;
import static dev.restante.storage.tck.Samples.showLog;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A log is read in ranges, both ways. */
interface HistoryRules extends Rules {
  @Test
  @Tag("H1")
  default void H1_aRangeHasBothItsEnds() {
    committed(commit().log(LOG, logRows(1, 8)));

    assertThat(showLog(history(LOG, 3, 5, false, 100).rows())).isEqualTo(showLog(logRows(3, 5)));
    assertThat(showLog(history(LOG, 4, 4, false, 100).rows())).isEqualTo(showLog(logRow(4)));
    assertThat(showLog(history(LOG, 1, 8, false, 100).rows())).isEqualTo(showLog(logRows(1, 8)));
    assertThat(history(StreamKey.log(TENANT, "nothing"), 1, 8, false, 100).rows()).isEmpty();
  }

  @Test
  @Tag("H2")
  default void H2_descendingBeginsAtTheUpperEnd() {
    committed(commit().log(LOG, logRows(1, 8)));

    assertThat(seqs(history(LOG, 3, 5, true, 100).rows())).containsExactly(5L, 4L, 3L);
    assertThat(seqs(history(LOG, 1, 7, true, 3).rows())).containsExactly(7L, 6L, 5L);
    assertThat(seqs(history(LOG, 1, Long.MAX_VALUE, true, 2).rows())).containsExactly(8L, 7L);
  }

  @Test
  @Tag("H3")
  default void H3_moreTellsWhetherALimitEndedTheRead() {
    committed(commit().log(LOG, logRows(1, 8)));

    for (boolean descending : new boolean[] {false, true}) {
      LogSlice cut = history(LOG, 2, 7, descending, 5);
      assertThat(cut.rows()).hasSize(5);
      assertThat(cut.more()).isTrue();
      LogSlice whole = history(LOG, 2, 7, descending, 7);
      assertThat(whole.rows()).hasSize(6);
      assertThat(whole.more()).isFalse();
      assertThat(pages(descending)).hasSize(8).doesNotHaveDuplicates();
    }
  }

  @Test
  @Tag("H4")
  default void H4_aReadReturnsAtMostTheBytesButAlwaysTheFirstRow() {
    committed(
        commit()
            .log(LOG, logRow(1, new byte[90]), logRow(2, new byte[10]), logRow(3, new byte[50])));

    assertThat(seqs(bytes(false, 149).rows())).containsExactly(1L, 2L);
    assertThat(bytes(false, 149).more()).isTrue();
    assertThat(seqs(bytes(false, 150).rows())).containsExactly(1L, 2L, 3L);
    assertThat(seqs(bytes(true, 60).rows())).containsExactly(3L, 2L);
    assertThat(seqs(bytes(true, 59).rows())).containsExactly(3L);
    assertThat(seqs(bytes(false, 0).rows())).containsExactly(1L);
    assertThat(bytes(false, 0).more()).isTrue();
    assertThat(seqs(bytes(false, Long.MAX_VALUE).rows())).containsExactly(1L, 2L, 3L);
  }

  @Test
  @Tag("H5")
  default void H5_anyBoundsAreAllowed() {
    committed(commit().log(LOG, logRows(1, 4)));

    for (boolean descending : new boolean[] {false, true}) {
      assertThat(history(LOG, Long.MIN_VALUE, Long.MAX_VALUE, descending, Integer.MAX_VALUE).rows())
          .hasSize(4);
      assertThat(history(LOG, 0, 2, descending, 100).rows()).hasSize(2);
      assertThat(history(LOG, Long.MAX_VALUE, Long.MAX_VALUE, descending, 100).rows()).isEmpty();
      assertThat(history(LOG, -9, 0, descending, 100).rows()).isEmpty();
      LogSlice none = history(LOG, 3, 2, descending, 100);
      assertThat(none.rows()).isEmpty();
      assertThat(none.more()).isFalse();
      assertThat(history(LOG, Long.MAX_VALUE, Long.MIN_VALUE, descending, 100).rows()).isEmpty();
    }
  }

  @Test
  @Tag("H6")
  default void H6_theFloorIsReportedWithEveryRead() {
    committed(commit().log(LOG, logRows(1, 6)));
    assertThat(history(LOG, 1, 9, false, 100).floor()).isZero();
    trim(LOG, 2, ALL);

    assertThat(history(LOG, 1, 9, false, 100).floor()).isEqualTo(2);
    assertThat(history(LOG, 5, 6, true, 1).floor()).isEqualTo(2);
    assertThat(history(LOG, 1, 2, false, 100).floor()).isEqualTo(2);
    trim(LOG, 6, ALL);
    assertThat(history(LOG, 1, 9, true, 100).floor()).isEqualTo(6);
  }

  private LogSlice bytes(boolean descending, long maxBytes) {
    return store().readLog(new LogRange(LOG, 1, 3, descending, 100, maxBytes));
  }

  private List<Long> pages(boolean descending) {
    List<Long> seen = new ArrayList<>();
    long from = 1;
    long to = 8;
    LogSlice slice = history(LOG, from, to, descending, 3);
    seen.addAll(seqs(slice.rows()));
    while (slice.more()) {
      long last = seen.get(seen.size() - 1);
      from = descending ? from : last + 1;
      to = descending ? last - 1 : to;
      slice = history(LOG, from, to, descending, 3);
      seen.addAll(seqs(slice.rows()));
    }
    return seen;
  }
}
