package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.NOW;
import static dev.restante.storage.tck.Samples.RECORD;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.nothing;
import static dev.restante.storage.tck.Samples.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A commit may depend on records that it does not change. */
interface GuardRules extends Rules {
  /** How often the guarded record changes while others write under it. */
  int CHANGES = 40;

  @Test
  @Tag("G1")
  default void G1_aGuardThatDoesNotHoldIsAConflict() {
    conflict(commit().guard(RECORD, 1).log(LOG, logRow(1)));
    committed(commit().guard(RECORD, 0).log(LOG, logRow(1)));
    committed(commit().exclusive().record(RecordWrite.set(RECORD, 3, nothing())));
    conflict(commit().guard(RECORD, 0).log(LOG, logRow(2)));
    conflict(commit().guard(RECORD, 2).log(LOG, logRow(2)));
    conflict(commit().guard(RECORD, 4).log(LOG, logRow(2)));
    conflict(commit().guard(RECORD, 3).guard(record("absent"), 1).log(LOG, logRow(2)));
    committed(commit().guard(RECORD, 3).guard(record("absent"), 0).log(LOG, logRow(2)));
    committed(commit().exclusive().record(RecordWrite.remove(RECORD)));
    conflict(commit().guard(RECORD, 3).log(LOG, logRow(3)));

    assertThat(head(LOG).head()).isEqualTo(2);
    assertThat(stored(RECORD)).isNull();
  }

  @Test
  @Tag("G2")
  default void G2_afterAnExclusiveCommitNothingPlannedUnderTheOldVersionAppears() {
    Store changing = store();
    List<StreamKey> logs = List.of(StreamKey.log(TENANT, "one"), StreamKey.log(TENANT, "two"));
    committed(commit().exclusive().record(RecordWrite.set(RECORD, 1, nothing())));
    Store one = fixture().anotherIfShared();
    Store two = fixture().anotherIfShared();
    List<List<StreamHead>> headsAfterChange = new ArrayList<>();
    try (Race race = new Race(3)) {
      for (long version = 1; version <= CHANGES; version++) {
        long replaced = version;
        race.run(
            List.of(
                () -> writeUnderGuard(one, logs.get(0)),
                () -> writeUnderGuard(two, logs.get(1)),
                () -> headsAfterChange.add(headsAfterChangeOf(changing, replaced, logs))));
      }
    }
    for (int version = 1; version <= CHANGES; version++) {
      for (int i = 0; i < logs.size(); i++) {
        long headThen = headsAfterChange.get(version - 1).get(i).head();
        int replaced = version;
        assertThat(rows(logs.get(i)))
            .filteredOn(row -> row.seq() > headThen)
            .as("rows that appeared after version %d was replaced", replaced)
            .allSatisfy(row -> assertThat(row.ordinal()).isGreaterThan(replaced));
      }
    }
  }

  /** Each row's ordinal is the version that it was guarded on. */
  private boolean writeUnderGuard(Store store, StreamKey log) {
    for (int attempt = 0; attempt < 4; attempt++) {
      long version = version(store, RECORD);
      long next = store.heads(List.of(log)).get(0).head() + 1;
      LogRow row = new LogRow(next, version, NOW, 0, nothing());
      outcome(store, commit().log(log, row).guard(RECORD, version).build());
    }
    return true;
  }

  private List<StreamHead> headsAfterChangeOf(Store store, long version, List<StreamKey> logs) {
    Commit change =
        commit()
            .exclusive()
            .record(RecordWrite.replace(RECORD, version, version + 1, nothing()))
            .build();
    assertThat(outcome(store, change)).isEqualTo(CommitOutcome.COMMITTED);
    return store.heads(logs);
  }
}
