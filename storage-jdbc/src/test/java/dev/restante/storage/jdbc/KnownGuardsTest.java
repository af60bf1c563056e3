package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Guard;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import org.junit.jupiter.api.Test;

/** What is known of guards, and when it is not known any more. */
final class KnownGuardsTest {
  private static final Guard GUARD =
      new Guard(new RecordKey(StreamKey.inbox("t", "bob"), "devices", ""), 3);

  private final KnownGuards known = new KnownGuards(10);

  private GuardCheck at(long count) {
    long[] counts = new long[GuardLocks.COUNT];
    counts[7] = count;
    return GuardCheck.at(known, counts);
  }

  @Test
  void whatHeldNeedsNoLookAsLongAsTheCountStands() {
    GuardCheck first = at(5);
    assertThat(first.needsLook(GUARD, 7)).isTrue();
    assertThat(at(5).needsLook(GUARD, 7)).as("the commit has not succeeded").isTrue();
    first.remember();
    assertThat(at(5).needsLook(GUARD, 7)).isFalse();
    assertThat(at(6).needsLook(GUARD, 7)).isTrue();
    assertThat(at(5).needsLook(new Guard(GUARD.key(), 4), 7)).isTrue();
    assertThat(GuardCheck.ofEach().needsLook(GUARD, 7)).isTrue();
  }

  @Test
  void absenceIsNeverKnown() {
    Guard absent = new Guard(GUARD.key(), 0);
    GuardCheck check = at(5);
    assertThat(check.needsLook(absent, 7)).isTrue();
    check.remember();
    assertThat(at(5).needsLook(absent, 7)).isTrue();
  }

  @Test
  void stepsThatAreMadeAgainCountOnce() {
    GuardCheck check = at(5);
    assertThat(check.needsLook(GUARD, 7)).isTrue();
    check.reset();
    check.remember();
    assertThat(at(5).needsLook(GUARD, 7)).isTrue();
  }
}
