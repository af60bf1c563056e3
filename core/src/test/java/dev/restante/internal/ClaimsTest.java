package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.RestanteOptions;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ClaimsTest {
  private static final SessionRecord BEFORE =
      new SessionRecord(1_000L << 16, 1_000, Standstill.NONE);

  @Test
  @Tag("S10")
  void theLaterOfTwoClaimsThatDidNotSeeEachOtherWins() {
    SystemResources resources = SystemResources.create(RestanteOptions.defaults());
    try {
      Claims claims = new Claims(resources.resources());
      SessionRecord last = BEFORE;
      for (int i = 0; i < 1000; i++) {
        SessionRecord next = claims.above(BEFORE, Standstill.NONE);
        assertThat(next.version()).isGreaterThan(last.version());
        last = next;
      }
    } finally {
      resources.close();
    }
  }

  @Test
  @Tag("S10")
  void whoIsStillThereDoesNotTakeTheDeviceBack() {
    SessionRecord mine = BEFORE.claim(2_000, 2_000, new Random(1), Standstill.NONE);
    SessionRecord theirs = mine.claim(1_900, 1_900, new Random(2), Standstill.NONE);
    assertThat(mine.touch(3_000).version())
        .isGreaterThan(mine.version())
        .isLessThan(theirs.version());
  }
}
