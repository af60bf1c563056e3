package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.INBOX;
import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.NOW;
import static dev.restante.storage.tck.Samples.RECORD;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.nothing;
import static dev.restante.storage.tck.Samples.record;
import static dev.restante.storage.tck.Samples.reference;
import static dev.restante.storage.tck.Samples.remembered;
import static dev.restante.storage.tck.Samples.submit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A commit is one step. */
interface CommitRules extends Rules {
  /** More than this is not allocated just to be refused. */
  int LARGEST_PAYLOAD_TRIED = 64 << 20;

  @Test
  @Tag("C1")
  default void C1_aConflictWritesNothing() {
    committed(
        commit()
            .log(LOG, logRow(1))
            .inbox(INBOX, note(1))
            .dedup(remembered(submit("taken"), 1, Long.MAX_VALUE))
            .record(RecordWrite.set(RECORD, 1, nothing())));

    List<CommitBuilder> spoiled =
        List.of(
            everyPart().log(LOG, logRow(1)),
            everyPart().verifiedLog(LOG, logRow(9)),
            everyPart().inbox(INBOX, note(1)),
            everyPart().verifiedInbox(INBOX, note(9)),
            everyPart().dedup(remembered(submit("taken"), 2, Long.MAX_VALUE)),
            everyPart().record(RecordWrite.replace(RECORD, 7, 8, nothing())),
            everyPart().guard(RECORD, 7));
    for (CommitBuilder one : spoiled) {
      conflict(one);
      nothingOfEveryPart();
    }
    assertThat(head(LOG).head()).isEqualTo(1);
    assertThat(head(INBOX).head()).isEqualTo(1);
  }

  @Test
  @Tag("C2")
  default void C2_aRefusedCommitWritesNothingAndHarmsNobody() {
    int limit = store().info().maxPayloadBytes();
    Assumptions.assumeTrue(
        limit < LARGEST_PAYLOAD_TRIED,
        () -> "C2 needs a payload above the limit, and " + limit + " bytes are too many to try");
    byte[] tooLarge = new byte[limit + 1];

    assertThat(outcome(store(), everyPart().log(LOG, logRow(1, tooLarge)).build()))
        .isInstanceOf(Refused.class);
    nothingOfEveryPart();
    assertThat(outcome(store(), everyPart().record(RecordWrite.set(RECORD, 1, tooLarge)).build()))
        .isInstanceOf(Refused.class);
    nothingOfEveryPart();

    committed(everyPart());
  }

  @Test
  @Tag("C3")
  default void C3_aCommitBecomesVisibleAtOnce() {
    Store writing = store();
    Store reading = fixture().anotherIfShared();
    try (Race race = new Race(2)) {
      for (long n = 1; n <= 80; n++) {
        CommitBuilder next = step(n);
        race.run(
            List.of(
                () -> {
                  assertThat(outcome(writing, next.build())).isEqualTo(CommitOutcome.COMMITTED);
                  return true;
                },
                () -> {
                  for (int look = 0; look < 8; look++) {
                    seesWholeSteps(reading);
                  }
                  return true;
                }));
      }
    }
    seesWholeSteps(reading);
  }

  @Test
  @Tag("C4")
  default void C4_whatIsCommittedIsVisibleToEveryHandleWhenTheCallReturns() {
    Store one = store();
    Store two = fixture().anotherIfShared();
    for (long n = 1; n <= 20; n++) {
      Store writing = n % 2 == 0 ? one : two;
      Store reading = n % 2 == 0 ? two : one;
      assertThat(outcome(writing, step(n).build())).isEqualTo(CommitOutcome.COMMITTED);

      List<StreamHead> heads = reading.heads(List.of(LOG, INBOX));
      assertThat(heads).extracting(StreamHead::head).containsExactly(n, n);
      assertThat(version(reading, RECORD)).isEqualTo(n);
      assertThat(reading.dedups(List.of(submit("step " + n)))).hasSize(1);
      assertThat(reading.readInbox(INBOX, n - 1, ALL, ANY_SIZE).items()).hasSize(1);
    }
  }

  @Test
  @Tag("C5")
  default void C5_anyPartMayBeMissing() {
    committed(commit());
    committed(commit().log(LOG, logRow(1)));
    committed(commit().inbox(INBOX, note(1)));
    committed(commit().dedup(remembered(submit("one"), 1, Long.MAX_VALUE)));
    committed(commit().record(RecordWrite.set(RECORD, 1, nothing())));
    committed(commit().guard(RECORD, 1));
    committed(commit().exclusive());

    assertThat(rows(LOG)).hasSize(1);
    assertThat(items(INBOX)).hasSize(1);
    assertThat(recalled(submit("one"))).isNotNull();
    assertThat(stored(RECORD)).isNotNull();
  }

  @Test
  @Tag("C6")
  default void C6_writersThatNameStreamsInOppositeOrderBothGetOn() {
    List<StreamKey> logs =
        new ArrayList<>(
            IntStream.range(0, 12).mapToObj(i -> StreamKey.log(TENANT, "shared " + i)).toList());
    List<StreamKey> reversed = new ArrayList<>(logs);
    Collections.reverse(reversed);
    Store one = store();
    Store two = fixture().anotherIfShared();
    try (Race race = new Race(2)) {
      race.run(List.of(() -> appendToAll(one, logs), () -> appendToAll(two, reversed)));
    }
    assertThat(store().heads(logs)).extracting(StreamHead::head).containsOnly(40L);
  }

  private boolean appendToAll(Store store, List<StreamKey> logs) {
    int done = 0;
    while (done < 20) {
      List<StreamHead> heads = store.heads(logs);
      CommitBuilder commit = commit();
      for (int i = 0; i < logs.size(); i++) {
        long next = heads.get(i).head() + 1;
        commit.log(logs.get(i), logRow(next));
        commit.record(RecordWrite.set(record(logs.get(i).name()), next, nothing()));
      }
      if (outcome(store, commit.build()) instanceof CommitOutcome.Committed) {
        done++;
      }
    }
    return true;
  }

  private static CommitBuilder step(long n) {
    return commit()
        .log(LOG, logRow(n))
        .inbox(INBOX, reference(n, n))
        .dedup(remembered(submit("step " + n), n, Long.MAX_VALUE))
        .record(RecordWrite.set(RECORD, n, nothing()));
  }

  /** Whatever one read shows, every later read shows at least as much. */
  private void seesWholeSteps(Store store) {
    long version = version(store, RECORD);
    List<StreamHead> heads = store.heads(List.of(LOG, INBOX));
    assertThat(heads.get(0).head()).isGreaterThanOrEqualTo(version);
    assertThat(heads.get(1).head()).isGreaterThanOrEqualTo(heads.get(0).head());
    assertThat(version(store, RECORD)).isGreaterThanOrEqualTo(heads.get(1).head());
    if (version > 0) {
      assertThat(store.dedups(List.of(submit("step " + version)))).hasSize(1);
    }
    assertThat(store.readInbox(INBOX, version, ALL, ANY_SIZE).items())
        .allSatisfy(item -> assertThat(item.logRow()).isNotNull());
  }

  private static CommitBuilder everyPart() {
    return commit()
        .at(NOW)
        .log(StreamKey.log(TENANT, "part"), logRow(1))
        .inbox(StreamKey.inbox(TENANT, "part"), note(1))
        .dedup(remembered(submit("part"), 1, Long.MAX_VALUE))
        .record(RecordWrite.set(record("part"), 1, nothing()));
  }

  private void nothingOfEveryPart() {
    assertThat(head(StreamKey.log(TENANT, "part"))).isEqualTo(StreamHead.EMPTY);
    assertThat(head(StreamKey.inbox(TENANT, "part"))).isEqualTo(StreamHead.EMPTY);
    assertThat(rows(StreamKey.log(TENANT, "part"))).isEmpty();
    assertThat(items(StreamKey.inbox(TENANT, "part"))).isEmpty();
    assertThat(recalled(submit("part"))).isNull();
    assertThat(stored(record("part"))).isNull();
    assertThat(store().list(INBOX, record("part").space(), "", ALL))
        .noneMatch(stored -> stored.key().id().equals("part"));
  }

  /** Whether an outcome is a conflict, for races. */
  static boolean isConflict(CommitOutcome outcome) {
    return outcome instanceof Conflict;
  }
}
