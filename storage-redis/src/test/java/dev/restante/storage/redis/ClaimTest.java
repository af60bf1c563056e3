package dev.restante.storage.redis;

import static dev.restante.storage.redis.Commits.commit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.RedisURI;
import java.nio.file.Path;
import java.security.SecureRandom;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever is outrun again and again has the streams alone. */
@Tag("O6")
@Timeout(60)
final class ClaimTest {
  private static final Duration CALL = Duration.ofSeconds(10);
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

  @TempDir private Path folder;

  private Store open() {
    return RedisStorage.at(RedisProcess.shared().uri())
        .withPrefix(prefix)
        .open(new StoreContext(CALL));
  }

  private Store open(LongSupplier nanoTime) {
    RedisURI uri = RedisURI.create(RedisProcess.shared().uri());
    Keys keys = new Keys(prefix);
    Server server = new Server(Clients.own(uri, CALL), keys, Waiting.NONE, 1, CALL);
    return new RedisStore(server, keys, server.open(), CALL, nanoTime, new SecureRandom());
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

  private void somebodyClaims() {
    RedisProcess.shared().ask(commands -> commands.set(prefix + ":a", "somebody"));
  }

  /** Is outrun twice, and has a claim then. */
  private LockedPlan outrunThen(LockedPlan third) {
    LockedPlan first = outrun();
    return heads -> {
      if (quickOnes.size() < 2) {
        return first.plan(heads);
      }
      assertThat(isClaimed()).isTrue();
      return third.plan(heads);
    };
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
    CommitOutcome outcome =
        slow.commitLocked(
            List.of(LOG),
            outrunThen(
                heads -> {
                  CompletableFuture<Void> again = new CompletableFuture<>();
                  AtomicInteger plans = new AtomicInteger();
                  waiting.add(
                      CompletableFuture.supplyAsync(
                          () ->
                              quick.commitLocked(
                                  List.of(OTHER),
                                  any -> {
                                    if (plans.incrementAndGet() == 2) {
                                      again.complete(null);
                                    }
                                    return Optional.of(commit().log(OTHER, 1, 1).build());
                                  }),
                          threads));
                  // Who plans again has sent what he planned first, and has been answered.
                  CompletableFuture.anyOf(again, waiting.get(0)).join();
                  assertThat(slow.heads(List.of(OTHER)).get(0).head()).isZero();
                  return next(heads).map(Commits::build);
                }));
    assertThat(outcome).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(waiting).hasSize(1);
    assertThat(waiting.get(0).get(10, TimeUnit.SECONDS)).isEqualTo(CommitOutcome.COMMITTED);
  }

  @Test
  void aPlanThatGivesUpGivesItBack() {
    assertThat(slow.commitLocked(List.of(LOG), outrunThen(heads -> Optional.empty())))
        .isEqualTo(new Conflict(Cause.UNSPECIFIED));
    assertThat(isClaimed()).isFalse();
  }

  static List<Throwable> whatPlansThrow() {
    return List.of(
        new IllegalStateException(),
        new StoreException(Effect.FAULT, "of another store", null),
        new StackOverflowError());
  }

  @ParameterizedTest
  @MethodSource("whatPlansThrow")
  void aPlanThatThrowsGivesItBack(Throwable thrown) {
    assertThatThrownBy(
            () ->
                slow.commitLocked(
                    List.of(LOG),
                    outrunThen(
                        heads -> {
                          if (thrown instanceof Error error) {
                            throw error;
                          }
                          throw (RuntimeException) thrown;
                        })))
        .isSameAs(thrown);
    assertThat(isClaimed()).isFalse();
  }

  /** It never came to Redis. */
  @Test
  void aRefusedCommitGivesItBack() {
    StreamKey wrong = StreamKey.log("tenant", "\ud800");
    assertThat(
            slow.commitLocked(
                List.of(LOG), outrunThen(heads -> Optional.of(commit().log(wrong, 1, 1).build()))))
        .isInstanceOf(CommitOutcome.Refused.class);
    assertThat(isClaimed()).isFalse();
  }

  /** These do not look at claims. */
  @Test
  void aCommitOfRecordsAloneGivesItBack() {
    RecordWrite write = RecordWrite.set(RECORD, 1, new byte[1]);
    assertThat(
            slow.commitLocked(
                List.of(LOG), outrunThen(heads -> Optional.of(commit().record(write).build()))))
        .isEqualTo(CommitOutcome.COMMITTED);
    assertThat(isClaimed()).isFalse();
  }

  @Test
  void aServerThatIsGoneHidesNothingThatIsCertain() {
    try (RedisProcess server = RedisProcess.start(folder, List.of());
        Store mine = RedisStorage.at(server.uri()).open(new StoreContext(CALL));
        Store other = RedisStorage.at(server.uri()).open(new StoreContext(CALL))) {
      AtomicInteger plans = new AtomicInteger();
      CommitOutcome outcome =
          mine.commitLocked(
              List.of(LOG),
              heads -> {
                if (plans.incrementAndGet() > 2) {
                  server.kill();
                  return Optional.empty();
                }
                other.commit(next(heads).orElseThrow().build());
                return next(heads).map(Commits::build);
              });
      assertThat(outcome).isEqualTo(new Conflict(Cause.UNSPECIFIED));
      assertThat(plans).hasValue(3);
    }
  }

  @Test
  void aServerThatFailsWhereItIsTakenFailsNoCommit() {
    List<Call> asked = new ArrayList<>();
    Calls failing =
        new Calls() {
          @Override
          public Object call(Call call) {
            asked.add(call);
            throw new StoreException(Effect.UNAVAILABLE, "gone", null);
          }

          @Override
          public Object callDurably(Call call, Function<Object, Durable> wrote) {
            return call(call);
          }
        };
    try (Claim claim = new Claim(failing, new Keys(prefix), CALL, new SecureRandom())) {
      assertThat(claim.take()).isTrue();
    }
    assertThat(asked).as("taken, and given back since nobody knows").hasSize(2);
  }

  /** What a node that died has left ends by itself; until then only appends are held up. */
  @Test
  void oneThatIsNotGivenBackHoldsUpAppendsUntilItEnds() {
    somebodyClaims();
    assertThat(quick.commit(commit().log(LOG, 1, 1).build())).isEqualTo(OUTRUN);
    assertThat(quick.commit(commit().record(RecordWrite.set(RECORD, 1, new byte[1])).build()))
        .isEqualTo(CommitOutcome.COMMITTED);
    AtomicInteger plans = new AtomicInteger();
    assertThat(
            slow.commitLocked(
                List.of(LOG),
                heads -> {
                  if (plans.incrementAndGet() == 3) {
                    RedisProcess.shared().ask(commands -> commands.pexpire(prefix + ":a", 1));
                  }
                  return next(heads).map(Commits::build);
                }))
        .isEqualTo(CommitOutcome.COMMITTED);
    assertThat(head()).isEqualTo(1);
  }

  @Test
  void itEndsByItself() {
    List<Long> left = new ArrayList<>();
    slow.commitLocked(
        List.of(LOG),
        outrunThen(
            heads -> {
              left.add(RedisProcess.shared().ask(commands -> commands.pttl(prefix + ":a")));
              return next(heads).map(Commits::build);
            }));
    assertThat(left).hasSize(1).allSatisfy(millis -> assertThat(millis).isBetween(0L, 1_000L));
  }

  /** Each look, plan and upload counts, and not only the pauses between them. */
  @Test
  void waitingForOthersTakesHalfOfACallAtMost() {
    somebodyClaims();
    AtomicLong nanos = new AtomicLong();
    AtomicInteger plans = new AtomicInteger();
    try (Store store = open(nanos::get)) {
      assertThatThrownBy(
              () ->
                  store.commitLocked(
                      List.of(LOG),
                      heads -> {
                        plans.incrementAndGet();
                        nanos.addAndGet(CALL.toNanos() / 10);
                        return next(heads).map(Commits::build);
                      }))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.effect()).isEqualTo(Effect.TRANSIENT))
          .hasMessageContaining(prefix + ":a");
    }
    assertThat(plans).hasValue(6);
  }

  @Test
  void whoCannotHaveItDoesNotPlan() {
    AtomicLong nanos = new AtomicLong();
    AtomicInteger plans = new AtomicInteger();
    LongSupplier clock =
        () -> {
          if (plans.get() == 2) {
            // He was outrun twice, and is about to ask for it.
            somebodyClaims();
          }
          return nanos.addAndGet(CALL.toNanos() / 10);
        };
    try (Store store = open(clock)) {
      assertThatThrownBy(
              () ->
                  store.commitLocked(
                      List.of(LOG),
                      heads -> {
                        plans.incrementAndGet();
                        quick.commit(next(heads).orElseThrow().build());
                        return next(heads).map(Commits::build);
                      }))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.effect()).isEqualTo(Effect.TRANSIENT));
    }
    assertThat(plans).hasValue(2);
    assertThat(head()).isEqualTo(2);
  }
}
