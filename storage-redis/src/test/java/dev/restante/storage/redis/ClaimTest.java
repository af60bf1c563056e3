package dev.restante.storage.redis;

import static dev.restante.storage.redis.Commits.commit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.SetArgs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whoever is outrun again and again has the streams alone. */
@Tag("O6")
final class ClaimTest {
  private static final AtomicInteger PLACES = new AtomicInteger();
  private static final StreamKey LOG = StreamKey.log("tenant", "talk");
  private static final StreamKey OTHER = StreamKey.log("tenant", "other talk");
  private static final RecordKey RECORD = new RecordKey(LOG, "cursor", "phone");
  private static final Conflict OUTRUN = new Conflict(Cause.HEAD);

  private final String prefix = "claim" + PLACES.incrementAndGet();
  private final Store slow = open();
  private final Store quick = open();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<CommitOutcome> quickOnes = new ArrayList<>();

  private Store open() {
    return RedisStorage.at(RedisProcess.shared().uri())
        .withPrefix(prefix)
        .open(new StoreContext(Duration.ofSeconds(10)));
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    slow.close();
    quick.close();
  }

  private static Optional<Commits> next(Map<StreamKey, StreamHead> heads) {
    long next = heads.getOrDefault(LOG, StreamHead.EMPTY).head() + 1;
    return Optional.of(commit().log(LOG, next, next));
  }

  /** Lets the quick one append first, each time that it plans. */
  private LockedPlan outrun() {
    return heads -> {
      quickOnes.add(quick.commit(next(heads).orElseThrow().build()));
      return next(heads).map(Commits::build);
    };
  }

  private long head() {
    return slow.heads(List.of(LOG)).get(0).head();
  }

  private boolean isClaimed() {
    return RedisProcess.shared().ask(commands -> commands.exists(prefix + ":a")) == 1;
  }

  @Test
  void theThirdTimeOthersAreInConflict() {
    assertThat(slow.commitLocked(List.of(LOG), outrun())).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(quickOnes).containsExactly(CommitOutcome.COMMITTED, CommitOutcome.COMMITTED, OUTRUN);
    assertThat(head()).isEqualTo(3);
    assertThat(isClaimed()).isFalse();
    assertThat(quick.commit(commit().log(LOG, 4, 4).build())).isEqualTo(CommitOutcome.COMMITTED);
  }

  /** Also to other streams: of hundreds nobody knows in which he will be outrun next. */
  @Test
  void lockedOnesOfOthersWaitForIt() throws Exception {
    List<CompletableFuture<CommitOutcome>> waiting = new ArrayList<>();
    LockedPlan plan = outrun();
    CommitOutcome outcome =
        slow.commitLocked(
            List.of(LOG),
            heads -> {
              if (isClaimed() && waiting.isEmpty()) {
                CompletableFuture<Void> planned = new CompletableFuture<>();
                waiting.add(
                    CompletableFuture.supplyAsync(
                        () ->
                            quick.commitLocked(
                                List.of(OTHER),
                                any -> {
                                  planned.complete(null);
                                  return Optional.of(commit().log(OTHER, 1, 1).build());
                                }),
                        threads));
                planned.join();
                assertThat(slow.heads(List.of(OTHER)).get(0).head()).isZero();
              }
              return plan.plan(heads);
            });
    assertThat(outcome).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(waiting).hasSize(1);
    assertThat(waiting.get(0).get(10, TimeUnit.SECONDS)).isEqualTo(CommitOutcome.COMMITTED);
  }

  @Test
  void aPlanThatThrowsOrGivesUpGivesItBack() {
    LockedPlan plan = outrun();
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                slow.commitLocked(
                    List.of(LOG),
                    heads -> {
                      if (isClaimed()) {
                        throw new IllegalStateException();
                      }
                      return plan.plan(heads);
                    }));
    assertThat(isClaimed()).isFalse();
    assertThat(
            slow.commitLocked(
                List.of(LOG), heads -> isClaimed() ? Optional.empty() : plan.plan(heads)))
        .isEqualTo(new Conflict(Cause.UNSPECIFIED));
    assertThat(isClaimed()).isFalse();
  }

  /** What a node that died has left ends; until then only appends are held up. */
  @Test
  void oneThatIsNotGivenBackEnds() {
    RedisProcess.shared()
        .ask(commands -> commands.set(prefix + ":a", "somebody", SetArgs.Builder.px(500)));
    assertThat(quick.commit(commit().log(LOG, 1, 1).build())).isEqualTo(OUTRUN);
    assertThat(quick.commit(commit().record(RecordWrite.set(RECORD, 1, new byte[1])).build()))
        .isEqualTo(CommitOutcome.COMMITTED);
    assertThat(slow.commitLocked(List.of(LOG), heads -> next(heads).map(Commits::build)))
        .isEqualTo(CommitOutcome.COMMITTED);
    assertThat(head()).isEqualTo(1);
  }
}
