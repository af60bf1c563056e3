package dev.restante.benchmarks;

import dev.restante.api.Result;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Keeps the first failure of requests that are under way: one that is refused is not measured. */
final class Failures {
  private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();

  void note(@Nullable Result<?> result, @Nullable Throwable error) {
    if (error != null) {
      first.compareAndSet(null, error);
    } else if (result != null && !result.isOk()) {
      first.compareAndSet(null, new IllegalStateException("refused: " + result));
    }
  }

  void note(Throwable error) {
    first.compareAndSet(null, error);
  }

  boolean any() {
    return first.get() != null;
  }

  void check() {
    Throwable failure = first.get();
    if (failure != null) {
      throw new IllegalStateException("a request failed", failure);
    }
  }
}
