package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.INBOX;
import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.RECORD;
import static dev.restante.storage.tck.Samples.SPACE;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.bytes;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.nothing;
import static dev.restante.storage.tck.Samples.record;
import static dev.restante.storage.tck.Samples.show;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Records are small versioned values, listed in the order of their ids' bytes. */
interface RecordRules extends Rules {
  @Test
  @Tag("R1")
  default void R1_setStoresWhateverWasThere() {
    committed(commit().record(RecordWrite.set(RECORD, 5, bytes("five"))));
    assertStored(RECORD, 5, "five");
    committed(commit().record(RecordWrite.set(RECORD, 5, bytes("again"))));
    assertStored(RECORD, 5, "again");
    committed(commit().record(RecordWrite.set(RECORD, 2, bytes("two"))));
    assertStored(RECORD, 2, "two");
  }

  @Test
  @Tag("R2")
  default void R2_replaceAsksForTheVersion() {
    conflict(commit().record(RecordWrite.replace(RECORD, 1, 2, bytes("absent"))));
    committed(commit().record(RecordWrite.replace(RECORD, 0, 4, bytes("first"))));
    conflict(commit().record(RecordWrite.replace(RECORD, 0, 5, bytes("not absent"))));
    conflict(commit().record(RecordWrite.replace(RECORD, 3, 5, bytes("too low"))));
    conflict(commit().record(RecordWrite.replace(RECORD, 5, 6, bytes("too high"))));
    assertStored(RECORD, 4, "first");
    committed(commit().record(RecordWrite.replace(RECORD, 4, 5, bytes("second"))));
    assertStored(RECORD, 5, "second");
  }

  @Test
  @Tag("R3")
  default void R3_raiseOnlyGoesForward() {
    committed(commit().record(RecordWrite.raise(RECORD, 3, bytes("three"))));
    committed(commit().record(RecordWrite.raise(RECORD, 2, bytes("two"))));
    assertStored(RECORD, 3, "three");
    committed(commit().record(RecordWrite.raise(RECORD, 3, bytes("also three"))));
    assertStored(RECORD, 3, "three");
    committed(commit().record(RecordWrite.raise(RECORD, 4, bytes("four"))));
    assertStored(RECORD, 4, "four");
  }

  @Test
  @Tag("R4")
  default void R4_aRaiseThatIsTooLateDoesNotFailTheCommit() {
    committed(commit().record(RecordWrite.set(RECORD, 9, bytes("nine"))));

    committed(
        commit()
            .record(RecordWrite.raise(RECORD, 9, bytes("late")))
            .record(RecordWrite.raise(record("tablet"), 1, bytes("new")))
            .log(LOG, logRow(1)));
    assertStored(RECORD, 9, "nine");
    assertStored(record("tablet"), 1, "new");
    assertThat(head(LOG).head()).isEqualTo(1);
  }

  @Test
  @Tag("R5")
  default void R5_aRemovedRecordIsAbsent() {
    committed(commit().record(RecordWrite.remove(RECORD)));
    committed(commit().record(RecordWrite.set(RECORD, 7, bytes("seven"))));
    committed(commit().record(RecordWrite.remove(RECORD)));

    assertThat(stored(RECORD)).isNull();
    assertThat(store().list(INBOX, SPACE, "", ALL)).isEmpty();
    committed(commit().guard(RECORD, 0));
    conflict(commit().record(RecordWrite.replace(RECORD, 7, 8, bytes("eight"))));
    committed(commit().record(RecordWrite.raise(RECORD, 1, bytes("one"))));
    assertStored(RECORD, 1, "one");
    committed(commit().record(RecordWrite.replace(RECORD, 1, 0, nothing())));
    assertThat(stored(RECORD)).isNull();
  }

  @Test
  @Tag("R6")
  default void R6_aLookUpFindsWhatIsStoredAndNothingElse() {
    RecordKey ofLog = new RecordKey(LOG, SPACE, "phone");
    RecordKey ofStore = new RecordKey(StreamKey.STORE, "epoch", "");
    committed(
        commit()
            .record(RecordWrite.set(RECORD, 1, bytes("mine")))
            .record(RecordWrite.set(ofLog, 2, nothing()))
            .record(RecordWrite.set(ofStore, 3, bytes("store"))));

    Map<RecordKey, StoredRecord> found =
        store().records(Set.of(RECORD, ofLog, ofStore, record("unknown")));
    assertThat(found).containsOnlyKeys(RECORD, ofLog, ofStore);
    assertStored(RECORD, 1, "mine");
    assertStored(ofLog, 2, "");
    assertStored(ofStore, 3, "store");
    assertThat(store().records(List.of())).isEmpty();
  }

  @Test
  @Tag("R7")
  default void R7_aListIsInTheOrderOfUnsignedBytes() {
    List<String> ids = new ArrayList<>(Hostile.NAMES);
    CommitBuilder all = commit();
    ids.forEach(id -> all.record(RecordWrite.set(record(id), 1, bytes(id))));
    committed(all);

    ids.sort((a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)));
    List<StoredRecord> listed = store().list(INBOX, SPACE, "", ALL);
    assertThat(listed).extracting(stored -> stored.key().id()).isEqualTo(ids);
    assertThat(listed)
        .allSatisfy(stored -> assertThat(stored.payload()).isEqualTo(bytes(stored.key().id())));
  }

  @Test
  @Tag("R8")
  default void R8_pagesOfAListHoldEveryRecordOnce() {
    CommitBuilder all = commit();
    Hostile.NAMES.forEach(id -> all.record(RecordWrite.set(record(id), 1, nothing())));
    committed(all);

    for (int limit : new int[] {1, 7, Hostile.NAMES.size(), Hostile.NAMES.size() + 1}) {
      List<String> seen = new ArrayList<>();
      List<StoredRecord> listed = store().list(INBOX, SPACE, "", limit);
      while (!listed.isEmpty()) {
        assertThat(listed).hasSizeLessThanOrEqualTo(limit);
        listed.forEach(stored -> seen.add(stored.key().id()));
        assertThat(seen).hasSizeLessThanOrEqualTo(Hostile.NAMES.size());
        listed = store().list(INBOX, SPACE, seen.get(seen.size() - 1), limit);
      }
      assertThat(seen).containsExactlyInAnyOrderElementsOf(Hostile.NAMES);
    }
    assertThat(store().list(INBOX, SPACE, "b", ALL))
        .noneMatch(stored -> stored.key().id().startsWith("a"));
  }

  @Test
  @Tag("R9")
  default void R9_aRecordWithAnEmptyIdIsStoredButNotListed() {
    committed(
        commit()
            .record(RecordWrite.set(record(""), 1, bytes("itself")))
            .record(RecordWrite.set(record("a"), 1, bytes("listed"))));

    assertStored(record(""), 1, "itself");
    assertThat(store().list(INBOX, SPACE, "", ALL))
        .extracting(stored -> stored.key().id())
        .containsExactly("a");
  }

  @Test
  @Tag("R10")
  default void R10_partitionsAndSpacesDoNotMix() {
    List<RecordKey> keys =
        List.of(
            new RecordKey(StreamKey.inbox(TENANT, "bob"), "a", "id"),
            new RecordKey(StreamKey.inbox(TENANT, "bob"), "aa", "id"),
            new RecordKey(StreamKey.inbox(TENANT, "bob"), "b", "id"),
            new RecordKey(StreamKey.log(TENANT, "bob"), "a", "id"),
            new RecordKey(StreamKey.inbox("other", "bob"), "a", "id"),
            new RecordKey(StreamKey.inbox(TENANT, "bobby"), "a", "id"),
            new RecordKey(StreamKey.STORE, "a", "id"));
    CommitBuilder all = commit();
    for (int i = 0; i < keys.size(); i++) {
      all.record(RecordWrite.set(keys.get(i), i + 1L, nothing()));
    }
    committed(all);

    for (int i = 0; i < keys.size(); i++) {
      RecordKey key = keys.get(i);
      List<StoredRecord> listed = store().list(key.partition(), key.space(), "", ALL);
      assertThat(listed).extracting(StoredRecord::key).containsExactly(key);
      assertThat(listed).extracting(StoredRecord::version).containsExactly(i + 1L);
      assertThat(version(store(), key)).isEqualTo(i + 1L);
    }
  }

  @Test
  @Tag("R11")
  default void R11_ofTwoThatReplaceOneVersionOneWins() {
    Store one = store();
    Store two = fixture().anotherIfShared();
    try (Race race = new Race(2)) {
      for (long round = 1; round <= 40; round++) {
        long version = round;
        List<CommitOutcome> outcomes =
            race.run(
                List.of(
                    () -> outcome(one, replacement(version, "one")),
                    () -> outcome(two, replacement(version, "two"))));
        assertThat(outcomes).containsOnlyOnce(CommitOutcome.COMMITTED);
        assertThat(outcomes).filteredOn(CommitRules::isConflict).hasSize(1);
        boolean oneWon = outcomes.get(0).equals(CommitOutcome.COMMITTED);
        assertStored(RECORD, version, oneWon ? "one" : "two");
      }
    }
  }

  @Test
  @Tag("R12")
  default void R12_racingRaisesEndAtTheGreatest() {
    Store one = store();
    Store two = fixture().anotherIfShared();
    try (Race race = new Race(2)) {
      for (long round = 1; round <= 40; round++) {
        long low = 2 * round - 1;
        race.run(
            List.of(
                () -> outcome(one, raise(low)), //
                () -> outcome(two, raise(low + 1))));
        assertStored(RECORD, low + 1, "version " + (low + 1));
      }
    }
  }

  private static Commit raise(long version) {
    return commit().record(RecordWrite.raise(RECORD, version, bytes("version " + version))).build();
  }

  private static Commit replacement(long version, String payload) {
    return commit()
        .record(RecordWrite.replace(RECORD, version - 1, version, bytes(payload)))
        .build();
  }

  private void assertStored(RecordKey key, long version, String payload) {
    assertThat(show(stored(key))).isEqualTo(show(new StoredRecord(key, version, bytes(payload))));
  }
}
