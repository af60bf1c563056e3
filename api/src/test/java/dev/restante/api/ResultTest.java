package dev.restante.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ResultTest {
  private static final Refusal REFUSAL = new Refusal(Refusal.Code.OVERLOADED, "9 wait, limit 9");

  /** One of each permitted type: a third type makes this fail, and fold has to learn it. */
  private static List<Result<String>> oneOfEach() {
    List<Result<String>> all = new ArrayList<>();
    for (Class<?> type : Result.class.getPermittedSubclasses()) {
      if (type == Result.Ok.class) {
        all.add(Result.ok("value"));
      } else if (type == Result.Refused.class) {
        all.add(new Result.Refused<>(REFUSAL));
      } else {
        throw new AssertionError("fold does not know " + type);
      }
    }
    return all;
  }

  @Test
  void foldsEveryPermittedType() {
    assertThat(oneOfEach()).hasSize(2);
    assertThat(oneOfEach().stream().map(each -> each.fold(String::length, r -> -1)))
        .containsExactlyInAnyOrder(5, -1);
  }

  @Test
  void hasExactlyOneOfValueAndRefusal() {
    for (Result<String> each : oneOfEach()) {
      assertThat(each.asOptional().isPresent()).isEqualTo(each.isOk());
      assertThat(each.whyRefused().isPresent()).isNotEqualTo(each.isOk());
    }
  }

  @Test
  void throwsARefusalOnRequest() {
    assertThat(Result.ok("value").orThrow()).isEqualTo("value");
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> new Result.Refused<>(REFUSAL).orThrow())
        .withMessage("OVERLOADED: 9 wait, limit 9")
        .satisfies(e -> assertThat(e.refusal()).isEqualTo(REFUSAL));
  }

  @Test
  void mapsValuesAndKeepsRefusals() {
    assertThat(Result.ok("value").map(String::length)).isEqualTo(Result.ok(5));
    assertThat(Result.<String>refused(Refusal.Code.CLOSED, "closing").map(String::length))
        .isEqualTo(Result.refused(Refusal.Code.CLOSED, "closing"));
  }

  @Test
  void holdsNoNull() {
    assertThatNullPointerException().isThrownBy(() -> Result.ok(nothing()));
    assertThatNullPointerException().isThrownBy(() -> Result.ok("a").map(a -> nothing()));
  }

  @Test
  void saysWhatMayBeDoneAboutEveryRefusal() {
    for (Refusal.Code code : Refusal.Code.values()) {
      assertThat(code.retry()).as(code.name()).isNotNull();
    }
  }

  @SuppressWarnings("NullAway") // what a caller without null checking may hand in
  private static String nothing() {
    return null;
  }
}
