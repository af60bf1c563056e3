package dev.restante.api.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.api.ConversationId;
import dev.restante.api.InvalidValueException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class HistoryQueryTest {
  private static final ConversationId GROUP = ConversationId.group("g");

  @Test
  void readsBothWays() {
    assertThat(HistoryQuery.before(GROUP, 10, 5)).isEqualTo(new HistoryQuery(GROUP, 1, 9, true, 5));
    assertThat(HistoryQuery.after(GROUP, 10, 5))
        .isEqualTo(new HistoryQuery(GROUP, 11, Long.MAX_VALUE, false, 5));
    assertThat(HistoryQuery.latest(GROUP, 5).backwards()).isTrue();
  }

  @Test
  void boundsItsLimit() {
    for (int limit : new int[] {Integer.MIN_VALUE, -1, 0, HistoryQuery.MAX_LIMIT + 1}) {
      assertThatExceptionOfType(InvalidValueException.class)
          .isThrownBy(() -> HistoryQuery.latest(GROUP, limit))
          .withMessageContaining(String.valueOf(limit));
    }
  }

  @Test
  void boundsItsNumbers() {
    refuses(() -> HistoryQuery.after(GROUP, -1, 1), "-1");
    refuses(() -> HistoryQuery.after(GROUP, Long.MAX_VALUE, 1), "" + Long.MAX_VALUE);
    refuses(() -> HistoryQuery.before(GROUP, 0, 1), "is 0");
    refuses(() -> HistoryQuery.before(GROUP, Long.MIN_VALUE, 1), "" + Long.MIN_VALUE);
    refuses(() -> new HistoryQuery(GROUP, 0, 1, true, 1), "is 0");
    refuses(() -> new HistoryQuery(GROUP, 1, -1, true, 1), "-1");
    assertThat(HistoryQuery.before(GROUP, 1, 1).toSeq()).isZero();
    assertThat(HistoryQuery.after(GROUP, 0, 1).fromSeq()).isEqualTo(1);
  }

  private static void refuses(ThrowingCallable what, String value) {
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(what)
        .withMessageContaining(value);
  }
}
