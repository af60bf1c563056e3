package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.StreamHead;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O6")
class KnownHeadsTest {
  private final KnownHeads heads = new KnownHeads(20);

  private static StreamHead at(long head) {
    return new StreamHead(head, 0, 0, 0);
  }

  @Test
  void whatIsAskedForStaysWhileOthersComeAndGo() {
    heads.put(0, at(7));
    for (int i = 1; i < 100; i++) {
      heads.put(i, at(i));
      assertThat(heads.of(0)).isEqualTo(at(7));
    }
    assertThat(heads.of(1)).isNull();
    assertThat(heads.of(99)).isEqualTo(at(99));
  }

  @Test
  void noMoreAreKeptThanThereIsRoomFor() {
    for (int i = 0; i < 1000; i++) {
      heads.put(i, at(i));
    }
    long kept = 0;
    for (int i = 0; i < 1000; i++) {
      kept += heads.of(i) == null ? 0 : 1;
    }
    assertThat(kept).isBetween(1L, 20L);
  }

  @Test
  void theNewestIsKnownWhereverTheOldOneWas() {
    heads.put(0, at(1));
    for (int i = 1; i < 15; i++) {
      heads.put(i, at(i));
    }
    heads.putAll(Map.of(0L, at(2)));
    assertThat(heads.of(0)).isEqualTo(at(2));
  }

  @Test
  void whatIsForgottenIsGoneFromBothHalves() {
    for (int i = 0; i < 15; i++) {
      heads.put(i, at(i));
    }
    assertThat(heads.of(2)).isEqualTo(at(2));
    heads.forget(List.of(2L, 14L));
    assertThat(heads.of(2)).isNull();
    assertThat(heads.of(14)).isNull();
    heads.forgetAll();
    for (int i = 0; i < 15; i++) {
      assertThat(heads.of(i)).isNull();
    }
  }
}
