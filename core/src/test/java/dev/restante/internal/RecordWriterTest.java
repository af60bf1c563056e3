package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls;
import dev.restante.Timers;
import dev.restante.api.UserId;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Durability;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.memory.MemoryStorage;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O8")
class RecordWriterTest {
  private static final RecordKey KEY = Keys.cursor(UserId.of("alice").device("phone"));

  /** Calls and timers run when the test says so. */
  private static final class Held implements StoreCalls, Timers {
    final ArrayDeque<Runnable> calls = new ArrayDeque<>();
    final List<Runnable> pauses = new ArrayList<>();

    @Override
    public <T> CompletionStage<T> call(Kind kind, String operation, Supplier<T> body) {
      CompletableFuture<T> result = new CompletableFuture<>();
      calls.add(() -> result.complete(body.get()));
      return result;
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
      if (delay.equals(RecordWriter.PAUSE)) {
        pauses.add(task);
      }
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

  /** What the store says of its next commit instead of carrying it out. */
  private @Nullable CommitOutcome says;

  /** A store that says of a commit what it is told to. */
  private final class OddStore implements InvocationHandler {
    private final Store behind;

    OddStore(Store behind) {
      this.behind = behind;
    }

    Store store() {
      return (Store)
          Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[] {Store.class}, this);
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
      CommitOutcome odd = says;
      if (method.getName().equals("commit") && odd != null) {
        says = null;
        return odd;
      }
      return method.invoke(behind, args);
    }
  }

  private Storage odd(Storage behind) {
    return new Storage() {
      @Override
      public String description() {
        return behind.description();
      }

      @Override
      public Store open(StoreContext context) {
        return new OddStore(behind.open(context)).store();
      }
    };
  }

  private RecordWriter writer() {
    Resources resources =
        new Resources(InstantSource.system(), () -> 0, held, held, Runnable::run, new Random(1));
    StoreAccess store =
        new StoreAccess(
            odd(MemoryStorage.create()),
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

  /** A raise cannot conflict; a store that says so all the same must not end a session for it. */
  @Test
  void aRaiseIsTriedAgainWhateverTheStoreSays() {
    says = new CommitOutcome.Conflict(CommitOutcome.Cause.RECORD);
    raise(1, "first", false);
    held.runAll();
    assertThat(told).isEmpty();
    held.pauses.remove(0).run();
    held.runAll();
    assertThat(told).containsExactly("first true");
  }

  /** Cursors may be in a store that is away. */
  @Test
  void whatIsNotApartIsWrittenFirst() {
    raise(1, "is being written", false);
    for (int i = 0; i < 600; i++) {
      RecordKey cursor = Keys.cursor(UserId.of("user" + i).device("phone"));
      writer.raise(RecordWrite.raise(cursor, 1, new byte[0]), durable -> {});
    }
    writer.raise(
        RecordWrite.raise(Keys.EPOCH, 1, new byte[0]), durable -> told.add("epoch " + durable));
    held.calls.remove().run();
    held.calls.remove().run();
    assertThat(told).containsExactly("is being written true", "epoch true");
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
