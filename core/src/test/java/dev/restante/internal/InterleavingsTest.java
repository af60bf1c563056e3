package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.StoreCalls;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jetbrains.lincheck.datastructures.LongGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every way in which a few calls of a few threads can interleave looks like some order of them. */
class InterleavingsTest {
  @Test
  @Tag("S10")
  void claims() {
    check(ClaimsTogether.class);
  }

  @Test
  @Tag("O6")
  void epoch() {
    check(EpochTogether.class);
  }

  private static void check(Class<?> together) {
    new ModelCheckingOptions()
        .iterations(10)
        .invocationsPerIteration(100)
        .threads(2)
        .actorsPerThread(3)
        .check(together);
  }

  /** Sessions that claim one device at the same moment. */
  public static final class ClaimsTogether {
    private final Claims claims =
        new Claims(
            new Resources(
                () -> Instant.EPOCH,
                () -> 0,
                (delay, task) -> () -> {},
                new NoStore(),
                Runnable::run,
                () -> 0));

    @Operation
    public long claim() {
      return claims.above(SessionRecord.NONE, Standstill.NONE).version()
          >>> SessionRecord.RANDOM_BITS;
    }
  }

  /** Polls, loads and sessions that learn of the store's epoch at the same moment. */
  public static final class EpochTogether {
    private final Epoch epoch = new Epoch();

    @Operation
    public void raised(@Param(gen = LongGen.class, conf = "1:4") long to) {
      epoch.raised(to);
    }

    @Operation
    public long known() {
      return epoch.known();
    }
  }

  /** A claim is made without the store. */
  private static final class NoStore implements StoreCalls {
    @Override
    public <T> CompletionStage<T> call(Kind kind, String operation, Supplier<T> body) {
      return CompletableFuture.failedFuture(new UnsupportedOperationException(operation));
    }
  }
}
