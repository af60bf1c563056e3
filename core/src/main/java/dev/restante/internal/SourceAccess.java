package dev.restante.internal;

import static dev.restante.storage.StoreException.Effect.UNAVAILABLE;
import static dev.restante.storage.StoreException.Effect.UNKNOWN;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls.Kind;
import dev.restante.Timers;
import dev.restante.storage.EnqueueSource;
import dev.restante.storage.EnqueueTable;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way to a source of enqueued drafts: opens it and puts a deadline on every call. Calls that
 * were given up may still happen; all of them may be repeated.
 */
final class SourceAccess {
  private final EnqueueSource<?> source;
  private final Resources resources;
  private final RestanteOptions options;
  private final Duration deadline;
  private final Map<Long, CompletableFuture<?>> underWay = new LinkedHashMap<>();
  private long calls;
  private volatile @Nullable EnqueueTable table;
  private boolean closed;

  SourceAccess(EnqueueSource<?> source, RestanteOptions options, Resources resources) {
    this.source = source;
    this.options = options;
    this.resources = resources;
    // The source is told the time-out too; this one is for a source that does not keep it.
    this.deadline = options.storeCallTimeout().multipliedBy(3).dividedBy(2);
  }

  String description() {
    return source.description();
  }

  boolean isOpen() {
    return table != null;
  }

  /** Opens the source. That may take long, since the schema may have to be migrated. */
  CompletableFuture<Boolean> open() {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    Ends.when(
        resources
            .storeCalls()
            .call(
                Kind.HOUSEKEEPING,
                "open source",
                () -> source.open(new StoreContext(options.storeCallTimeout()))),
        (opened, failure) -> {
          if (opened == null) {
            result.completeExceptionally(StoreAccess.cause(failure));
          } else {
            keep(opened);
            result.complete(true);
          }
        });
    return result;
  }

  private void keep(EnqueueTable opened) {
    boolean tooLate;
    synchronized (this) {
      tooLate = closed;
      if (!tooLate) {
        table = opened;
      }
    }
    if (tooLate) {
      opened.close();
    }
  }

  /**
   * Calls the source.
   *
   * @return fails with a {@link StoreException} only
   */
  <T> CompletableFuture<T> call(Kind kind, String operation, Function<EnqueueTable, T> body) {
    CompletableFuture<T> result = new CompletableFuture<>();
    EnqueueTable current;
    long number;
    synchronized (this) {
      current = table;
      number = calls++;
      if (current != null) {
        underWay.put(number, result);
      }
    }
    if (current == null) {
      return CompletableFuture.failedFuture(
          new StoreException(UNAVAILABLE, source.description() + " is not open", null));
    }
    Timers.Timer timer =
        resources
            .timers()
            .schedule(
                deadline,
                () ->
                    result.completeExceptionally(
                        new StoreException(
                            UNKNOWN, operation + " did not end within " + deadline, null)));
    Ends.when(
        resources.storeCalls().call(kind, operation, () -> body.apply(current)),
        (value, failure) -> {
          if (failure == null) {
            result.complete(value);
          } else {
            result.completeExceptionally(StoreAccess.cause(failure));
          }
        });
    return result.whenComplete(
        (value, failure) -> {
          timer.cancel();
          synchronized (this) {
            underWay.remove(number);
          }
        });
  }

  /** Ends what is under way, for those who wait for it, and closes the source. */
  void close() {
    EnqueueTable current;
    List<CompletableFuture<?>> open;
    synchronized (this) {
      closed = true;
      current = table;
      table = null;
      open = new ArrayList<>(underWay.values());
    }
    open.forEach(
        call ->
            call.completeExceptionally(new StoreException(UNKNOWN, "this node is closing", null)));
    if (current != null) {
      current.close();
    }
  }
}
