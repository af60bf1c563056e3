package dev.restante.api.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.api.InvalidValueException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S4")
final class SyncPolicyTest {
  @Test
  void namesAllProblemsAtOnce() {
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(
            () ->
                new SyncPolicy(
                    SyncPolicy.Mode.EVERYTHING,
                    -1,
                    Instant.EPOCH,
                    null,
                    false,
                    0,
                    0,
                    0,
                    0,
                    Duration.ZERO,
                    0))
        .withMessageContaining("latest must be 0 to 1000, is -1")
        .withMessageContaining("pageEntries must be 1 to 1000, is 0")
        .withMessageContaining("pageBytes")
        .withMessageContaining("maxUnacknowledged")
        .withMessageContaining("maxBacklogEntries")
        .withMessageContaining("catchUpBytes")
        .withMessageContaining("maxBacklogAge must be positive")
        .withMessageContaining("since");
  }

  @Test
  void asksForAMomentWithModeSinceAndOnlyThen() {
    assertThat(SyncPolicy.everything().withSince(Instant.EPOCH).since()).isEqualTo(Instant.EPOCH);
    assertThat(SyncPolicy.everything().since()).isNull();
    SyncPolicy all = SyncPolicy.everything();
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(
            () ->
                new SyncPolicy(
                    SyncPolicy.Mode.SINCE,
                    1,
                    null,
                    null,
                    false,
                    all.pageEntries(),
                    all.pageBytes(),
                    all.maxUnacknowledged(),
                    all.maxBacklogEntries(),
                    all.maxBacklogAge(),
                    all.catchUpBytes()))
        .withMessage("since goes with mode SINCE and only with it");
  }

  @Test
  void changesOneThingAtATimeAndKeepsTheRest() {
    Cursor cursor = new Cursor("abc");
    SyncPolicy policy =
        SyncPolicy.everything()
            .withLatest(20)
            .resumeAt(cursor)
            .withSummariesFirst()
            .withPages(10, 1024)
            .withMaxUnacknowledged(30)
            .withMaxBacklog(40, Duration.ofDays(1), 50);
    assertThat(policy)
        .isEqualTo(
            new SyncPolicy(
                SyncPolicy.Mode.LATEST,
                20,
                null,
                cursor,
                true,
                10,
                1024,
                30,
                40,
                Duration.ofDays(1),
                50));
  }

  @Test
  void takesCursorsThatAreSafeInUrlsAndNoOthers() {
    assertThat(new Cursor("AZaz09-_").token()).isEqualTo("AZaz09-_");
    assertThat(new Cursor("a".repeat(Cursor.MAX_CHARS)).token()).hasSize(Cursor.MAX_CHARS);
    for (String token :
        new String[] {"", "a".repeat(Cursor.MAX_CHARS + 1), "a b", "a=", "a/b", "ä", "\0", "a\n"}) {
      assertThatExceptionOfType(InvalidValueException.class).isThrownBy(() -> new Cursor(token));
    }
  }
}
