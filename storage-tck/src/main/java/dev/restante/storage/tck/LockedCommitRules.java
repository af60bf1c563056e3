package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.INBOX;
import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.RECORD;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.bytes;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.logRows;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.notes;
import static dev.restante.storage.tck.Samples.nothing;
import static dev.restante.storage.tck.Samples.remembered;
import static dev.restante.storage.tck.Samples.seqs;
import static dev.restante.storage.tck.Samples.showLog;
import static dev.restante.storage.tck.Samples.submit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A commit planned while its streams are locked. */
interface LockedCommitRules extends Rules {
  @Test
  @Tag("K1")
  default void K1_thePlanIsToldTheHeadsOfTheMoment() {
    fixture().needsLocking("K1");
    Store other = fixture().anotherIfShared();
    StreamKey unknown = StreamKey.log(TENANT, "unknown");
    List<StreamKey> streams = List.of(LOG, INBOX, unknown);
    assertThat(headsSeen(streams)).containsOnlyKeys(streams);
    committed(commit().log(LOG, logRows(1, 2)));
    assertThat(outcome(other, commit().log(LOG, logRow(3)).inbox(INBOX, note(1)).build()))
        .isInstanceOf(CommitOutcome.Committed.class);
    trim(INBOX, 1, ALL);

    LogRow last = logRow(3);
    Map<StreamKey, StreamHead> expected = new HashMap<>();
    expected.put(LOG, new StreamHead(3, last.ordinal(), last.timeMillis(), 0));
    expected.put(INBOX, new StreamHead(1, 0, 0, 1));
    expected.put(unknown, StreamHead.EMPTY);
    assertThat(headsSeen(streams)).isEqualTo(expected);
  }

  @Test
  @Tag("K2")
  default void K2_aPlanThatGivesUpIsAConflictAndWritesNothing() {
    fixture().needsLocking("K2");
    assertThat(locked(store(), List.of(LOG), heads -> Optional.empty()))
        .isInstanceOf(Conflict.class);
    assertThat(head(LOG)).isEqualTo(StreamHead.EMPTY);

    assertThat(locked(store(), List.of(LOG, INBOX), this::oneMore))
        .isInstanceOf(CommitOutcome.Committed.class);
    assertThat(rows(LOG)).hasSize(1);
    assertThat(items(INBOX)).hasSize(1);
  }

  @Test
  @Tag("K3")
  default void K3_lockedCommitsFollowOneAnother() {
    fixture().needsLocking("K3");
    Store one = store();
    Store two = fixture().anotherIfShared();
    try (Race race = new Race(2)) {
      race.run(List.of(() -> append(one, 60), () -> append(two, 60)));
    }
    assertThat(head(LOG).head()).isEqualTo(120);
    assertThat(head(INBOX).head()).isEqualTo(120);
    assertThat(seqs(rows(LOG))).isEqualTo(LongStream.rangeClosed(1, 120).boxed().toList());
  }

  @Test
  @Tag("K4")
  default void K4_lockedAndOptimisticCommitsLoseNothing() {
    fixture().needsLocking("K4");
    Store one = store();
    Store two = fixture().anotherIfShared();
    List<String> written = Collections.synchronizedList(new ArrayList<>());
    try (Race race = new Race(2)) {
      race.run(
          List.of(() -> writeLocked(one, 60, written), () -> writeOptimistic(two, 60, written)));
    }
    assertThat(rows(LOG))
        .extracting(row -> row.seq() + " " + new String(row.payload(), StandardCharsets.UTF_8))
        .containsExactlyInAnyOrderElementsOf(written);
    assertThat(seqs(rows(LOG))).isEqualTo(LongStream.rangeClosed(1, 120).boxed().toList());
  }

  @Test
  @Tag("K5")
  default void K5_aStoreWithoutLockingSaysSo() {
    Assumptions.assumeFalse(
        store().info().locking(),
        () -> "K5 is about stores without locking; " + store().info().name() + " declares it");
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> store().commitLocked(List.of(LOG), heads -> Optional.empty()));
  }

  @Test
  @Tag("K6")
  default void K6_aPlanThatFailsWritesNothingAndLetsGo() {
    fixture().needsLocking("K6");
    Store other = fixture().anotherIfShared();
    assertThatThrownBy(
            () ->
                store()
                    .commitLocked(
                        List.of(LOG, INBOX),
                        heads -> {
                          throw new IllegalStateException("the plan failed");
                        }))
        .isInstanceOf(RuntimeException.class);

    assertThat(head(LOG)).isEqualTo(StreamHead.EMPTY);
    assertThatCode(() -> locked(other, List.of(LOG, INBOX), this::oneMore))
        .doesNotThrowAnyException();
    assertThat(head(LOG).head()).isEqualTo(1);
    committed(commit().log(LOG, logRow(2)).inbox(INBOX, note(2)));
  }

  @Test
  @Tag("K7")
  default void K7_aLockedCommitIsCheckedLikeAnyOther() {
    fixture().needsLocking("K7");
    committed(
        commit()
            .log(LOG, logRows(1, 3))
            .inbox(INBOX, notes(1, 2))
            .dedup(remembered(submit("id"), 1, Long.MAX_VALUE)));
    List<CommitBuilder> spoiled =
        List.of(
            commit().log(LOG, logRow(4)).dedup(remembered(submit("id"), 4, Long.MAX_VALUE)),
            commit().log(LOG, logRow(4)).guard(RECORD, 1),
            commit().log(LOG, logRow(3)),
            commit().log(LOG, logRow(4)).inbox(INBOX, note(2)));
    for (CommitBuilder one : spoiled) {
      assertThat(locked(store(), List.of(LOG, INBOX), heads -> Optional.of(one.build())))
          .isInstanceOf(Conflict.class);
      assertThat(showLog(rows(LOG))).isEqualTo(showLog(logRows(1, 3)));
    }

    // Nobody has to change a record exclusively where the guard does not say so.
    committed(commit().record(RecordWrite.replace(RECORD, 0, 1, nothing())));
    CommitBuilder first = commit().log(LOG, logRow(4)).guardOnAny(RECORD, 1);
    assertThat(locked(store(), List.of(LOG), heads -> Optional.of(first.build())))
        .isInstanceOf(CommitOutcome.Committed.class);
    committed(commit().record(RecordWrite.replace(RECORD, 1, 2, nothing())));
    CommitBuilder outdated = commit().log(LOG, logRow(5)).guardOnAny(RECORD, 1);
    assertThat(locked(store(), List.of(LOG), heads -> Optional.of(outdated.build())))
        .isInstanceOf(Conflict.class);
    assertThat(showLog(rows(LOG))).isEqualTo(showLog(logRows(1, 4)));
  }

  @Test
  @Tag("K8")
  default void K8_streamsMayBeNamedInAnyOrder() {
    fixture().needsLocking("K8");
    List<StreamKey> logs =
        new ArrayList<>(
            IntStream.range(0, 10).mapToObj(i -> StreamKey.log(TENANT, "shared " + i)).toList());
    List<StreamKey> reversed = new ArrayList<>(logs);
    Collections.reverse(reversed);
    Store one = store();
    Store two = fixture().anotherIfShared();
    try (Race race = new Race(2)) {
      race.run(List.of(() -> appendToAll(one, logs), () -> appendToAll(two, reversed)));
    }
    assertThat(store().heads(logs)).extracting(StreamHead::head).containsOnly(40L);
  }

  private CommitOutcome locked(Store store, List<StreamKey> streams, LockedPlan plan) {
    return repeating(() -> store.commitLocked(streams, plan));
  }

  private Map<StreamKey, StreamHead> headsSeen(List<StreamKey> streams) {
    Map<StreamKey, StreamHead> seen = new HashMap<>();
    locked(
        store(),
        streams,
        heads -> {
          seen.clear();
          seen.putAll(heads);
          return Optional.empty();
        });
    return seen;
  }

  /** One row into the log and one into the inbox, at the heads given. */
  private Optional<Commit> oneMore(Map<StreamKey, StreamHead> heads) {
    return Optional.of(
        commit()
            .log(LOG, logRow(headOf(heads, LOG) + 1))
            .inbox(INBOX, note(headOf(heads, INBOX) + 1))
            .build());
  }

  private static long headOf(Map<StreamKey, StreamHead> heads, StreamKey stream) {
    return heads.getOrDefault(stream, StreamHead.EMPTY).head();
  }

  private boolean append(Store store, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(locked(store, List.of(LOG, INBOX), this::oneMore))
          .isInstanceOf(CommitOutcome.Committed.class);
    }
    return true;
  }

  private boolean writeLocked(Store store, int times, List<String> written) {
    int done = 0;
    long[] seq = {0};
    while (done < times) {
      LockedPlan plan =
          heads -> {
            seq[0] = headOf(heads, LOG) + 1;
            return Optional.of(commit().log(LOG, logRow(seq[0], bytes("locked"))).build());
          };
      if (locked(store, List.of(LOG), plan) instanceof CommitOutcome.Committed) {
        written.add(seq[0] + " locked");
        done++;
      }
    }
    return true;
  }

  private boolean writeOptimistic(Store store, int times, List<String> written) {
    int done = 0;
    while (done < times) {
      long seq = store.heads(List.of(LOG)).get(0).head() + 1;
      CommitBuilder one = commit().log(LOG, logRow(seq, bytes("optimistic")));
      if (outcome(store, one.build()) instanceof CommitOutcome.Committed) {
        written.add(seq + " optimistic");
        done++;
      }
    }
    return true;
  }

  private boolean appendToAll(Store store, List<StreamKey> logs) {
    LockedPlan plan =
        heads -> {
          CommitBuilder all = commit();
          logs.forEach(log -> all.log(log, logRow(headOf(heads, log) + 1)));
          return Optional.of(all.build());
        };
    for (int i = 0; i < 20; i++) {
      assertThat(locked(store, logs, plan)).isInstanceOf(CommitOutcome.Committed.class);
    }
    return true;
  }
}
