package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls;
import dev.restante.Timers;
import dev.restante.api.UserId;
import dev.restante.storage.Durability;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O8")
class RecordWriterTest {
  private static final RecordKey KEY = Keys.cursor(UserId.of("alice").device("phone"));

  /** Calls run when the test says so. */
  private static final class Held implements StoreCalls, Timers {
    final ArrayDeque<Runnable> calls = new ArrayDeque<>();

    @Override
    public <T> CompletionStage<T> call(Kind kind, String operation, Supplier<T> body) {
      CompletableFuture<T> result = new CompletableFuture<>();
      calls.add(() -> result.complete(body.get()));
      return result;
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
      return () -> {};
    }

    void runAll() {
      while (!calls.isEmpty()) {
        calls.remove().run();
      }
    }
  }

  private final Held held = new Held();
  private final List<String> told = new ArrayList<>();
  private final RecordWriter writer = writer();

  private RecordWriter writer() {
    Resources resources =
        new Resources(InstantSource.system(), () -> 0, held, held, Runnable::run, new Random(1));
    StoreAccess store =
        new StoreAccess(
            MemoryStorage.create(),
            RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build(),
            resources,
            health -> {},
            () -> {});
    store.open();
    held.runAll();
    return new RecordWriter(store, resources);
  }

  private void raise(long version, String name, boolean gone) {
    writer.raise(
        RecordWrite.raise(KEY, version, new byte[0]),
        new RecordWriter.Waiter() {
          @Override
          public void raised(boolean durable) {
            told.add(name + " " + durable);
          }

          @Override
          public boolean isGone() {
            return gone;
          }
        });
  }

  @Test
  void whoeverIsGoneIsForgottenWhenTheNextOneComes() {
    raise(1, "is being written", false);
    raise(2, "gone", true);
    raise(3, "gone too", true);
    raise(4, "there", false);
    held.runAll();
    assertThat(told).containsExactly("is being written true", "there true");
  }

  @Test
  void whatWaitsIsToldWhenTheNodeCloses() {
    raise(1, "first", false);
    raise(2, "second", false);
    writer.close(Duration.ZERO);
    raise(3, "late", false);
    assertThat(told).containsExactly("second false", "late false");
    held.runAll();
    assertThat(told).containsExactly("second false", "late false", "first true");
  }
}
