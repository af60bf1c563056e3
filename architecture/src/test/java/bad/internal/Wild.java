package bad.internal;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.Timer;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Does each banned thing once, in a method named after the kind and the thing. */
@SuppressWarnings("all") // this is what not to do
final class Wild {
  Object clockInstant() {
    return Instant.now();
  }

  Object clockReference() {
    Supplier<Instant> later = Instant::now;
    return later;
  }

  Object clockLambda() {
    Supplier<Instant> later = () -> Instant.now();
    return later;
  }

  Object clockDate() {
    return LocalDate.now();
  }

  Object clockSystem() {
    return Clock.systemUTC();
  }

  Object clockSource() {
    return InstantSource.system();
  }

  long clockMillis() {
    return System.currentTimeMillis();
  }

  long clockNanos() {
    return System.nanoTime();
  }

  Object chanceUuid() {
    return UUID.randomUUID();
  }

  Object chanceMath() {
    return Math.random();
  }

  Object chanceRandom() {
    return new Random();
  }

  Object chanceConstructorReference() {
    Supplier<Random> later = Random::new;
    return later;
  }

  Object chanceSecure() {
    return new SecureRandom();
  }

  Object chanceSplittable() {
    return new SplittableRandom();
  }

  Object chanceThreadLocal() {
    return ThreadLocalRandom.current();
  }

  Object chanceGenerator() {
    return RandomGenerator.getDefault();
  }

  void chanceShuffle(List<String> list) {
    Collections.shuffle(list);
  }

  Object threadsNew() {
    return new Thread(() -> {});
  }

  void threadsStart(Thread thread) {
    thread.start();
  }

  void threadsSleep() throws InterruptedException {
    Thread.sleep(1);
  }

  void threadsUnitSleep() throws InterruptedException {
    TimeUnit.SECONDS.sleep(1);
  }

  void threadsPark() {
    LockSupport.parkNanos(1);
  }

  Object threadsExecutors() {
    return Executors.newCachedThreadPool();
  }

  Object threadsCommonPool() {
    return ForkJoinPool.commonPool();
  }

  Object threadsTimer() {
    return new Timer();
  }

  Object threadsParallelStream(List<String> list) {
    return list.parallelStream();
  }

  Object threadsParallel(List<String> list) {
    return list.stream().parallel();
  }

  Object threadsSupplyAsync() {
    return CompletableFuture.supplyAsync(() -> "");
  }

  Object threadsThenApplyAsync(CompletionStage<String> stage) {
    return stage.thenApplyAsync(x -> x);
  }

  Object threadsOrTimeout(CompletableFuture<String> future) {
    return future.orTimeout(1, TimeUnit.SECONDS);
  }

  Object threadsCompleteOnTimeout(CompletableFuture<String> future) {
    return future.completeOnTimeout("", 1, TimeUnit.SECONDS);
  }

  Object waitingJoin(CompletableFuture<String> future) {
    return future.join();
  }

  Object waitingGet(CompletableFuture<String> future) throws Exception {
    return future.get();
  }

  // ---- and what is allowed --------------------------------------------------------------------

  Object fineWithExecutor(CompletionStage<String> stage, Executor executor) {
    return stage.thenApplyAsync(x -> x, executor);
  }

  Object fineWithSeed(List<String> list, RandomGenerator random) {
    return random.nextLong();
  }

  Object fineSeeded(long seed) {
    return new SplittableRandom(seed);
  }

  Object fineWithClock(InstantSource clock) {
    return clock.instant();
  }

  void fineInterrupt() {
    Thread.currentThread().interrupt();
  }
}
