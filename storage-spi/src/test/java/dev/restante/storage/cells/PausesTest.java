package dev.restante.storage.cells;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thousand pauses of the longest kind would take 100 s. */
@Timeout(30)
final class PausesTest {
  private static void pauseLong(Pauses pauses) {
    IntStream.range(0, 1_000).forEach(any -> pauses.pause(Integer.MAX_VALUE));
  }

  @Test
  void nobodyPausesWhenItIsClosed() {
    Pauses pauses = new Pauses(Duration.ofDays(1));
    pauses.close();
    pauses.close();
    pauseLong(pauses);
  }

  @Test
  void pausesAreShortWhereCallsAre() {
    try (Pauses pauses = new Pauses(Duration.ofMillis(1))) {
      pauseLong(pauses);
    }
  }

  @Test
  void whoIsInterruptedStaysSo() {
    try (Pauses pauses = new Pauses(Duration.ofDays(1))) {
      Thread.currentThread().interrupt();
      pauseLong(pauses);
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
