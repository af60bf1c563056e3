package dev.restante.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("M3")
final class ClientIdsTest {
  private static final long START_MILLIS = 1_767_225_600_000L;

  private final AtomicLong nowMillis = new AtomicLong(START_MILLIS);
  private final ClientIds ids =
      new ClientIds(() -> Instant.ofEpochMilli(nowMillis.get()), new Random(1));

  @Test
  void makesUuidsOfVersion7() {
    UUID id = ids.nextUuid();
    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(START_MILLIS);
    assertThat(UUID.fromString(ids.next()).version()).isEqualTo(7);
  }

  @Test
  void risesWhileTheClockStandsStill() {
    String last = ids.next();
    for (int i = 0; i < 20_000; i++) {
      String next = ids.next();
      assertThat(next).isGreaterThan(last);
      last = next;
    }
  }

  @Test
  void risesWhenTheClockGoesBackAndForth() {
    Random random = new Random(2);
    String last = ids.next();
    for (int i = 0; i < 20_000; i++) {
      nowMillis.addAndGet(random.nextInt(21) - 10);
      String next = ids.next();
      assertThat(next).isGreaterThan(last);
      last = next;
    }
  }

  @Test
  void keepsVersionAndVariantWhenTheCounterOverflows() {
    for (int i = 0; i < 10_000; i++) {
      UUID id = ids.nextUuid();
      assertThat(id.version()).isEqualTo(7);
      assertThat(id.variant()).isEqualTo(2);
    }
  }

  @Test
  void neverRepeatsAndRisesForEachOfManyThreads() throws InterruptedException {
    int threads = 8;
    int each = 5_000;
    ConcurrentLinkedQueue<List<String>> made = new ConcurrentLinkedQueue<>();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread =
          new Thread(
              () -> {
                awaitQuietly(start);
                List<String> own = new ArrayList<>();
                for (int n = 0; n < each; n++) {
                  own.add(ClientIds.system().next());
                }
                made.add(own);
              });
      thread.start();
      running.add(thread);
    }
    start.countDown();
    for (Thread thread : running) {
      thread.join();
    }
    Set<String> all = new HashSet<>();
    for (List<String> own : made) {
      assertThat(own).isSorted();
      all.addAll(own);
    }
    assertThat(all).hasSize(threads * each);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
