package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.INBOX;
import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.RECORD;
import static dev.restante.storage.tck.Samples.SPACE;
import static dev.restante.storage.tck.Samples.bytes;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.keyed;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.logRows;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.positions;
import static dev.restante.storage.tck.Samples.reference;
import static dev.restante.storage.tck.Samples.remembered;
import static dev.restante.storage.tck.Samples.show;
import static dev.restante.storage.tck.Samples.showLog;
import static dev.restante.storage.tck.Samples.submit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.LogRange;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.Trim;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Opening, closing, and what a store declares. */
interface LifecycleRules extends Rules {
  /** The least that a store may declare as its largest payload. */
  int LEAST_PAYLOAD_BYTES = 64 << 10;

  /** The least that a store may declare as the rows of a commit. */
  int LEAST_COMMIT_ROWS = 1_000;

  @Test
  @Tag("S1")
  default void S1_aReopenedStoreHasEverything() {
    fixture().needsReopening("S1");
    committed(
        commit()
            .log(LOG, logRows(1, 5))
            .inbox(INBOX, keyed(1, "key"), reference(2, 5), keyed(3, "key"))
            .dedup(remembered(submit("id"), 5, Long.MAX_VALUE))
            .record(RecordWrite.set(RECORD, 4, bytes("four"))));
    trim(LOG, 2, ALL);

    fixture().reopen();

    assertThat(showLog(rows(LOG))).isEqualTo(showLog(logRows(3, 5)));
    assertThat(head(LOG).floor()).isEqualTo(2);
    assertThat(positions(items(INBOX))).containsExactly(2L, 3L);
    assertThat(show(recalled(submit("id"))))
        .isEqualTo(show(remembered(submit("id"), 5, Long.MAX_VALUE)));
    assertThat(show(stored(RECORD))).isEqualTo(show(new StoredRecord(RECORD, 4, bytes("four"))));
    assertThat(store().list(INBOX, SPACE, "", ALL)).hasSize(1);
    conflict(commit().log(LOG, logRow(5)));
    committed(commit().log(LOG, logRow(6)).inbox(INBOX, keyed(4, "key")));
    assertThat(positions(items(INBOX))).containsExactly(2L, 4L);
  }

  @Test
  @Tag("S2")
  default void S2_aClosedStoreThrows() {
    Store store = store();
    committed(commit().log(LOG, logRow(1)));
    store.close();

    Map<String, ThrowingCallable> calls = new LinkedHashMap<>();
    calls.put("commit", () -> store.commit(commit().log(LOG, logRow(2)).build()));
    calls.put("heads", () -> store.heads(List.of(LOG)));
    calls.put("dedups", () -> store.dedups(List.of(submit("id"))));
    calls.put("readLog", () -> store.readLog(new LogRange(LOG, 1, 9, false, 9, 9)));
    calls.put("readInbox", () -> store.readInbox(INBOX, 0, 9, 9));
    calls.put("records", () -> store.records(List.of(RECORD)));
    calls.put("list", () -> store.list(INBOX, SPACE, "", 9));
    calls.put("trim", () -> store.trim(List.of(new Trim(LOG, 1)), 9));
    calls.put("removeExpiredDedups", () -> store.removeExpiredDedups(9, 9));
    if (store.info().moving().in()) {
      calls.put("walk", () -> store.walk("", 9));
    }
    if (store.info().locking()) {
      calls.put("commitLocked", () -> store.commitLocked(List.of(LOG), heads -> Optional.empty()));
    }
    calls.forEach(
        (name, call) ->
            assertThatExceptionOfType(StoreException.class)
                .as(name)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.FAULT)));
  }

  @Test
  @Tag("S3")
  default void S3_closingTwiceIsHarmless() {
    Store store = store();
    assertThatCode(
            () -> {
              store.close();
              store.close();
              store.close();
            })
        .doesNotThrowAnyException();
  }

  @Test
  @Tag("S4")
  default void S4_closingOneHandleLeavesTheOthersAlone() {
    fixture().needsSharing("S4");
    Store other = fixture().open();
    committed(commit().log(LOG, logRow(1)));
    store().close();

    assertThatCode(() -> other.heads(List.of(LOG))).doesNotThrowAnyException();
    assertThat(other.heads(List.of(LOG)).get(0).head()).isEqualTo(1);
    assertThat(outcome(other, commit().log(LOG, logRow(2)).build()))
        .isEqualTo(CommitOutcome.COMMITTED);
  }

  @Test
  @Tag("S5")
  default void S5_severalMayOpenAnEmptyPlaceAtOnce() {
    fixture().needsSharing("S5");
    fixture().startOver();
    int count = 4;
    List<Store> opened;
    try (Race race = new Race(count)) {
      Callable<Store> opens =
          () -> {
            Storage storage = fixture().storage();
            return repeating(() -> storage.open(fixture().context()));
          };
      opened = race.run(Collections.nCopies(count, opens));
    }
    opened.forEach(fixture()::adopt);
    for (int i = 0; i < count; i++) {
      assertThat(outcome(opened.get(i), commit().verifiedLog(LOG, logRow(i + 1L)).build()))
          .isEqualTo(CommitOutcome.COMMITTED);
    }
    opened.forEach(store -> assertThat(store.heads(List.of(LOG)).get(0).head()).isEqualTo(count));
  }

  @Test
  @Tag("S6")
  default void S6_aStoreDeclaresWhatItIs() {
    StoreInfo info = store().info();

    assertThat(info.name()).isNotBlank();
    assertThat(info.durability()).isNotNull();
    assertThat(info.maxPayloadBytes()).isGreaterThanOrEqualTo(LEAST_PAYLOAD_BYTES);
    assertThat(info.maxCommitRows()).isGreaterThanOrEqualTo(LEAST_COMMIT_ROWS);
    committed(commit().log(LOG, logRow(1)));
    assertThat(store().info()).isEqualTo(info);
    assertThat(fixture().storage().description()).isNotBlank();
  }

  @Test
  @Tag("S7")
  default void S7_aPayloadOfTheDeclaredSizeIsAccepted() {
    int limit = store().info().maxPayloadBytes();
    Assumptions.assumeTrue(
        limit < CommitRules.LARGEST_PAYLOAD_TRIED,
        () -> "S7 needs a payload of the declared size, and " + limit + " bytes are too many");
    byte[] largest = new byte[limit];
    largest[limit - 1] = 1;

    committed(commit().log(LOG, logRow(1, largest)).inbox(INBOX, reference(1, 1), note(2)));
    assertThat(rows(LOG).get(0).payload()).isEqualTo(largest);
  }
}
