package dev.restante.internal;

import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.sync.Cursor;
import dev.restante.storage.RecordWrite;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What one session acknowledged and the store does not have yet. One place is being written; those
 * acknowledged meanwhile wait together, as the furthest of them, and share a stage. So a device
 * that repeats itself while the store is away costs two stages, however often it does.
 *
 * <p>Safe for use by many threads.
 */
final class Acknowledgements {
  /** A place on its way, and the one stage that all who acknowledged it look at. */
  private static final class Place {
    private final CompletableFuture<Result<Cursor>> result = new CompletableFuture<>();
    // Made once: each one that is made waits in the future like any other continuation.
    private final CompletionStage<Result<Cursor>> stage = result.minimalCompletionStage();
    private RecordWrite record;
    private Cursor cursor;

    Place(RecordWrite record, Cursor cursor) {
      this.record = record;
      this.cursor = cursor;
    }
  }

  private final RecordWriter records;
  private final Executor callbacks;
  private final Runnable onDurable;
  private @Nullable Place writing;
  private @Nullable Place next;

  Acknowledgements(RecordWriter records, Executor callbacks, Runnable onDurable) {
    this.records = records;
    this.callbacks = callbacks;
    this.onDurable = onDurable;
  }

  /** Raises the device's cursor; completes when that, or a later one, is durable. */
  CompletionStage<Result<Cursor>> raise(RecordWrite record, Cursor cursor) {
    Place place;
    synchronized (this) {
      Place first = writing;
      if (first != null) {
        return record.version() <= first.record.version() ? first.stage : later(record, cursor);
      }
      place = new Place(record, cursor);
      writing = place;
    }
    write(place);
    return place.stage;
  }

  private CompletionStage<Result<Cursor>> later(RecordWrite record, Cursor cursor) {
    Place place = next;
    if (place == null) {
      place = new Place(record, cursor);
      next = place;
    } else if (record.version() > place.record.version()) {
      place.record = record;
      place.cursor = cursor;
    }
    return place.stage;
  }

  private void write(Place place) {
    records.raise(place.record, durable -> written(place, durable));
  }

  private void written(Place place, boolean durable) {
    Place following;
    synchronized (this) {
      following = next;
      writing = following;
      next = null;
    }
    if (durable) {
      onDurable.run();
    }
    callbacks.execute(
        () ->
            place.result.complete(
                durable
                    ? Result.ok(place.cursor)
                    : Result.refused(Code.CLOSED, "this node is closing")));
    if (following != null) {
      write(following);
    }
  }
}
