package dev.restante.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.StoreException.Effect;
import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.RedisReadOnlyException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What failures mean. {@link FaultsTest} meets some of them for real. */
final class FailuresTest {
  @ParameterizedTest
  @CsvSource({
    "OOM, UNAVAILABLE, UNAVAILABLE",
    "READONLY, UNAVAILABLE, UNAVAILABLE",
    "LOADING, UNAVAILABLE, UNAVAILABLE",
    "MASTERDOWN, UNAVAILABLE, UNAVAILABLE",
    "MISCONF, UNAVAILABLE, UNAVAILABLE",
    "NOREPLICAS, UNAVAILABLE, UNAVAILABLE",
    "CLUSTERDOWN, UNAVAILABLE, UNAVAILABLE",
    "BUSY, TRANSIENT, TRANSIENT",
    "NOPERM, FAULT, FAULT",
    "NOAUTH, FAULT, FAULT",
    "WRONGTYPE, FAULT, FAULT",
    "MOVED, FAULT, FAULT",
    "ERR, UNKNOWN, FAULT"
  })
  void theCodeDecides(String code, Effect ofWrite, Effect ofRead) {
    RedisCommandExecutionException answer =
        new RedisCommandExecutionException(code + " whatever it says, OOM or LOADING");
    assertThat(Failures.calling(answer, "COMMIT", true).effect()).isEqualTo(ofWrite);
    assertThat(Failures.calling(answer, "HEADS", false).effect()).isEqualTo(ofRead);
  }

  @Test
  void lettucesOwnClassesOfAnswers() {
    assertThat(Failures.calling(new RedisBusyException("x"), "COMMIT", true).effect())
        .isEqualTo(Effect.TRANSIENT);
    assertThat(Failures.calling(new RedisLoadingException("x"), "COMMIT", true).effect())
        .isEqualTo(Effect.UNAVAILABLE);
    assertThat(Failures.calling(new RedisReadOnlyException("x"), "COMMIT", true).effect())
        .isEqualTo(Effect.UNAVAILABLE);
  }

  @Test
  void noAnswerIsUnknownToAWriteOnly() {
    for (Exception lost :
        new Exception[] {
          new TimeoutException(),
          new RedisCommandTimeoutException(),
          new RedisException("gone"),
          new IOException("reset"),
          new InterruptedException()
        }) {
      assertThat(Failures.calling(lost, "COMMIT", true).effect()).isEqualTo(Effect.UNKNOWN);
      assertThat(Failures.calling(lost, "HEADS", false).effect()).isEqualTo(Effect.UNAVAILABLE);
      assertThat(Failures.spoils(lost)).isTrue();
    }
  }

  @Test
  void noConnectionIsUnavailableUnlessItNeverWillBe() {
    assertThat(Failures.connecting(new RedisConnectionException("refused")).effect())
        .isEqualTo(Effect.UNAVAILABLE);
    assertThat(
            Failures.connecting(
                    new RedisConnectionException(
                        "no", new RedisCommandExecutionException("WRONGPASS who are you")))
                .effect())
        .isEqualTo(Effect.FAULT);
    assertThat(
            Failures.connecting(
                    new RedisConnectionException(
                        "no", new RedisLoadingException("LOADING from disk")))
                .effect())
        .isEqualTo(Effect.UNAVAILABLE);
  }

  /** Lettuce wraps what a new connection was tried with. */
  @Test
  void whatIsElsewhereIsSeenThroughWrappers() {
    for (String code : List.of("MOVED 7 host:1", "ASK 7 host:1", "TRYAGAIN later")) {
      RedisCommandExecutionException answer = new RedisCommandExecutionException(code);
      assertThat(Failures.isElsewhere(answer)).as(code).isTrue();
      assertThat(Failures.isElsewhere(Failures.calling(answer, "PROBE", false))).isTrue();
      assertThat(Failures.spoils(answer)).isFalse();
    }
    for (String code : List.of("CLUSTERDOWN", "CROSSSLOT", "READONLY", "ERR")) {
      assertThat(Failures.isElsewhere(new RedisCommandExecutionException(code + " x"))).isFalse();
    }
    assertThat(Failures.isElsewhere(new IOException("reset"))).isFalse();
    assertThat(Failures.movedTo(new RedisCommandExecutionException("MOVED 7 host:1")))
        .contains("host:1");
    assertThat(Failures.movedTo(new RedisCommandExecutionException("ASK 7 host:1"))).isEmpty();
  }
}
