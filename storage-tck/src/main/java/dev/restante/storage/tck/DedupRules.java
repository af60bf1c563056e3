package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.NOW;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.remembered;
import static dev.restante.storage.tck.Samples.replacing;
import static dev.restante.storage.tck.Samples.show;
import static dev.restante.storage.tck.Samples.submit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Store;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A submit is remembered for as long as the row says, by the caller's clock. */
interface DedupRules extends Rules {
  /** In the next century: live by every wall clock there is. */
  long FAR_MILLIS = 5_000_000_000_000L;

  @Test
  @Tag("D1")
  default void D1_aRememberedSubmitIsAConflict() {
    DedupRow first = remembered(submit("id"), 1, NOW + 1);
    committed(commit().log(LOG, logRow(1)).dedup(first));

    conflict(commit().log(LOG, logRow(2)).dedup(remembered(submit("id"), 2, NOW + 9)));
    conflict(commit().log(LOG, logRow(2)).dedup(replacing(submit("id"), 2, NOW + 9)));
    assertThat(show(recalled(submit("id")))).isEqualTo(show(first));
    assertThat(head(LOG).head()).isEqualTo(1);
  }

  @Test
  @Tag("D2")
  default void D2_theStoredExpiryAndTheCallersClockDecide() {
    committed(commit().dedup(remembered(submit("far"), 1, FAR_MILLIS)));
    committed(commit().at(10).dedup(remembered(submit("near"), 1, 50)));

    conflict(commit().at(FAR_MILLIS - 1).dedup(replacing(submit("far"), 2, Long.MAX_VALUE)));
    conflict(commit().at(49).dedup(replacing(submit("near"), 2, Long.MAX_VALUE)));
    committed(commit().at(50).dedup(replacing(submit("near"), 2, Long.MAX_VALUE)));
    committed(commit().at(FAR_MILLIS).dedup(replacing(submit("far"), 2, Long.MAX_VALUE)));
  }

  @Test
  @Tag("D3")
  default void D3_anExpiredRowIsReplacedOnRequest() {
    committed(commit().dedup(remembered(submit("id"), 1, NOW + 5)));
    DedupRow second = replacing(submit("id"), 2, NOW + 100);
    committed(commit().at(NOW + 5).dedup(second));

    assertThat(show(recalled(submit("id")))).isEqualTo(show(second));
    conflict(commit().at(NOW + 99).dedup(replacing(submit("id"), 3, NOW + 200)));
    committed(commit().at(NOW + 100).dedup(replacing(submit("id"), 3, NOW + 200)));
  }

  @Test
  @Tag("D4")
  default void D4_aRowToReplaceMayBeGoneAlready() {
    DedupRow row = replacing(submit("id"), 1, NOW + 5);
    committed(commit().dedup(row));

    assertThat(show(recalled(submit("id")))).isEqualTo(show(row));
    conflict(commit().dedup(remembered(submit("id"), 2, NOW + 9)));
  }

  @Test
  @Tag("D5")
  default void D5_ofTwoThatSubmitTheSameOneWins() {
    race(id -> remembered(submit(id), 1, NOW + 9));
  }

  @Test
  @Tag("D6")
  default void D6_ofTwoThatReplaceTheSameExpiredRowOneWins() {
    CommitBuilder expired = commit();
    for (int round = 1; round <= 40; round++) {
      expired.dedup(remembered(submit("id " + round), 1, NOW - 1));
    }
    committed(expired);

    race(id -> replacing(submit(id), 2, NOW + 9));
  }

  @Test
  @Tag("D7")
  default void D7_submitsThatDifferInOneByteAreDifferent() {
    List<DedupKey> keys = new ArrayList<>();
    for (String name : Hostile.NAMES) {
      keys.add(new DedupKey(LOG, "sender", name));
      keys.add(new DedupKey(LOG, name, "id"));
      keys.add(new DedupKey(StreamKey.log(TENANT, name), "sender", "id"));
      keys.add(new DedupKey(StreamKey.log(name, "conversation"), "sender", "id"));
    }
    for (Hostile.Pair pair : Hostile.PAIRS) {
      keys.add(new DedupKey(LOG, pair.left(), pair.right()));
    }
    keys = keys.stream().distinct().toList();
    CommitBuilder all = commit();
    for (int i = 0; i < keys.size(); i++) {
      all.dedup(remembered(keys.get(i), i + 1L, Long.MAX_VALUE));
    }
    committed(all);

    Map<DedupKey, DedupRow> found = store().dedups(keys);
    for (int i = 0; i < keys.size(); i++) {
      DedupRow expected = remembered(keys.get(i), i + 1L, Long.MAX_VALUE);
      assertThat(show(found.get(keys.get(i)))).isEqualTo(show(expected));
    }
  }

  @Test
  @Tag("D8")
  default void D8_aLookUpFindsExpiredRowsToo() {
    DedupRow live = remembered(submit("live"), 1, FAR_MILLIS);
    DedupRow expired = remembered(submit("expired"), 2, 3);
    committed(commit().at(2).dedup(live).dedup(expired));

    Map<DedupKey, DedupRow> found =
        store().dedups(Set.of(submit("live"), submit("expired"), submit("never")));
    assertThat(found).containsOnlyKeys(submit("live"), submit("expired"));
    assertThat(show(found.get(submit("live")))).isEqualTo(show(live));
    assertThat(show(found.get(submit("expired")))).isEqualTo(show(expired));
    assertThat(store().dedups(List.of())).isEmpty();
  }

  @Test
  @Tag("D9")
  default void D9_aSweepIsBoundedAndCountsWhatItRemoved() {
    CommitBuilder many = commit();
    for (int i = 0; i < 10; i++) {
      many.dedup(remembered(submit("id " + i), 1, NOW + i));
    }
    committed(many);

    assertThat(sweep(NOW + 50, 4)).isEqualTo(4);
    assertThat(rememberedOf(10)).isEqualTo(6);
    assertThat(sweep(NOW + 50, 4)).isEqualTo(4);
    assertThat(sweep(NOW + 50, 4)).isEqualTo(2);
    assertThat(sweep(NOW + 50, 4)).isZero();
    assertThat(rememberedOf(10)).isZero();
  }

  @Test
  @Tag("D10")
  default void D10_aSweepRemovesWhatIsExpiredAndNothingElse() {
    committed(
        commit()
            .dedup(remembered(submit("before"), 1, NOW - 1))
            .dedup(remembered(submit("now"), 1, NOW))
            .dedup(remembered(submit("after"), 1, NOW + 1))
            .dedup(remembered(submit("never"), 1, Long.MAX_VALUE)));
    committed(commit().dedup(replacing(submit("before"), 2, NOW + 1)));

    assertThat(sweep(NOW, 100)).isEqualTo(1);
    assertThat(recalled(submit("now"))).isNull();
    assertThat(recalled(submit("before"))).isNotNull();
    assertThat(recalled(submit("after"))).isNotNull();
    assertThat(recalled(submit("never"))).isNotNull();
    committed(commit().dedup(remembered(submit("now"), 3, NOW + 1)));
  }

  private int sweep(long nowMillis, int limit) {
    return repeating(() -> store().removeExpiredDedups(nowMillis, limit));
  }

  private int rememberedOf(int count) {
    List<DedupKey> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      keys.add(submit("id " + i));
    }
    return store().dedups(keys).size();
  }

  private void race(Function<String, DedupRow> row) {
    Store one = store();
    Store two = fixture().anotherIfShared();
    StreamKey ofOne = StreamKey.inbox(TENANT, "one");
    StreamKey ofTwo = StreamKey.inbox(TENANT, "two");
    try (Race race = new Race(2)) {
      for (int round = 1; round <= 40; round++) {
        DedupRow same = row.apply("id " + round);
        long next = head(ofOne).head() + 1;
        long nextOfTwo = head(ofTwo).head() + 1;
        List<CommitOutcome> outcomes =
            race.run(
                List.of(
                    () -> outcome(one, commit().inbox(ofOne, note(next)).dedup(same).build()),
                    () ->
                        outcome(two, commit().inbox(ofTwo, note(nextOfTwo)).dedup(same).build())));
        assertThat(outcomes).containsOnlyOnce(CommitOutcome.COMMITTED);
        assertThat(outcomes).filteredOn(CommitRules::isConflict).hasSize(1);
        assertThat(head(ofOne).head() + head(ofTwo).head()).isEqualTo(round);
      }
    }
  }
}
