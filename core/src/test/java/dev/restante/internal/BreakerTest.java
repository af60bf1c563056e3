package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("O8")
@Timeout(60)
class BreakerTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
  private final Breaker breaker = new Breaker("it", TIMEOUT, nanos::get);
  private final AtomicInteger arrived = new AtomicInteger();

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private void fail(Effect effect, Duration after) {
    assertThatThrownBy(
            () ->
                breaker.call(
                    () -> {
                      pass(after);
                      throw new StoreException(effect, "why", null);
                    }))
        .isInstanceOfSatisfying(
            StoreException.class,
            e ->
                assertThat(e.effect())
                    .isEqualTo(effect == Effect.FAULT ? Effect.FAULT : Effect.TRANSIENT))
        .hasMessageContaining("why");
  }

  /** Whether a call gets to the store now; it answers. */
  private boolean arrives() {
    int before = arrived.get();
    try {
      breaker.call(arrived::incrementAndGet);
    } catch (StoreException e) {
      assertThat(e.effect()).isEqualTo(Effect.TRANSIENT);
    }
    return arrived.get() > before;
  }

  @Test
  void afterACallThatCameToNothingItIsLeftAloneForAsLongAsThatTook() {
    for (Effect effect : new Effect[] {Effect.UNAVAILABLE, Effect.UNKNOWN}) {
      fail(effect, Duration.ofMillis(700));
      assertThat(arrives()).isFalse();
      pass(Duration.ofMillis(699));
      assertThat(arrives()).isFalse();
      pass(Duration.ofMillis(1));
      assertThat(arrives()).isTrue();
      assertThat(arrives()).isTrue();
    }
  }

  @Test
  void whatFailsAtOnceIsTriedAgainSoon() {
    fail(Effect.UNAVAILABLE, Duration.ZERO);
    pass(Duration.ofMillis(99));
    assertThat(arrives()).isFalse();
    pass(Duration.ofMillis(1));
    fail(Effect.UNAVAILABLE, Duration.ZERO);
    assertThat(arrives()).isFalse();
  }

  @Test
  void aStoreThatSaysWhatIsWrongIsThere() {
    fail(Effect.TRANSIENT, Duration.ofMillis(900));
    assertThat(arrives()).isTrue();
    fail(Effect.FAULT, TIMEOUT);
    assertThat(arrives()).isTrue();
  }

  /** As PostgreSQL says of a statement that took too long. */
  @Test
  void whatMayBeRepeatedAtOnceAfterALongTimeIsATimeout() {
    fail(Effect.TRANSIENT, Duration.ofSeconds(1));
    assertThat(arrives()).isFalse();
  }

  /** A call that is in the store until it is let go. */
  private final class Hanging {
    final CountDownLatch end = new CountDownLatch(1);
    final Thread thread;

    Hanging() throws InterruptedException {
      CountDownLatch in = new CountDownLatch(1);
      thread =
          new Thread(
              () ->
                  breaker.call(
                      () -> {
                        in.countDown();
                        try {
                          return end.await(1, TimeUnit.MINUTES);
                        } catch (InterruptedException e) {
                          throw new AssertionError(e);
                        }
                      }));
      thread.start();
      in.await();
    }

    void end() throws InterruptedException {
      end.countDown();
      thread.join();
    }
  }

  @Test
  void whileItIsAwayOneCallFindsOutWhetherItIsBack() throws InterruptedException {
    fail(Effect.UNAVAILABLE, Duration.ZERO);
    pass(Duration.ofMillis(100));
    Hanging asks = new Hanging();
    assertThat(arrives()).isFalse();
    asks.end();
    assertThat(arrives()).isTrue();
  }

  @Test
  void nobodyFollowsACallThatShouldHaveEnded() throws InterruptedException {
    Hanging first = new Hanging();
    Hanging second = new Hanging();
    pass(TIMEOUT);
    assertThat(arrives()).isTrue();
    pass(Duration.ofNanos(1));
    assertThat(arrives()).isFalse();
    first.end();
    assertThat(arrives()).isFalse();
    second.end();
    assertThat(arrives()).isTrue();
  }

  @Test
  void aCallThatNeverEndsDoesNotCutItOffForEver() throws InterruptedException {
    Hanging first = new Hanging();
    pass(TIMEOUT.multipliedBy(6));
    assertThat(arrives()).isFalse();
    pass(Duration.ofNanos(1));
    Hanging second = new Hanging();
    assertThat(arrives()).isFalse();
    pass(TIMEOUT.multipliedBy(6).plusNanos(1));
    assertThat(arrives()).isTrue();
    assertThat(arrives()).isTrue();
    first.end();
    second.end();
  }

  @Test
  void whatWasGivenUpSaysNothingWhenItEndsAtLast() throws InterruptedException {
    Hanging first = new Hanging();
    pass(TIMEOUT.multipliedBy(6).plusNanos(1));
    assertThat(arrives()).isTrue();
    fail(Effect.UNAVAILABLE, Duration.ZERO);
    first.end();
    assertThat(arrives()).isFalse();
  }

  @Test
  void itIsLeftAloneForATimeoutAtMost() {
    fail(Effect.UNAVAILABLE, TIMEOUT.multipliedBy(5));
    pass(TIMEOUT.minusNanos(1));
    assertThat(arrives()).isFalse();
    pass(Duration.ofNanos(1));
    assertThat(arrives()).isTrue();
  }
}
