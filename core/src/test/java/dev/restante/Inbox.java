package dev.restante;

import dev.restante.api.Entry;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.sync.ConversationSummary;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** A device that keeps what it is given. */
final class Inbox implements Flow.Subscriber<Delivery> {
  final List<Delivery> deliveries = new CopyOnWriteArrayList<>();
  volatile boolean completed;
  volatile Flow.@Nullable Subscription subscription;
  private final long demand;

  Inbox() {
    this(Long.MAX_VALUE);
  }

  Inbox(long demand) {
    this.demand = demand;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    if (demand > 0) {
      given.request(demand);
    }
  }

  @Override
  public void onNext(Delivery delivery) {
    deliveries.add(delivery);
  }

  @Override
  public void onError(Throwable failure) {
    throw new AssertionError(failure);
  }

  @Override
  public void onComplete() {
    completed = true;
  }

  boolean caughtUp() {
    return deliveries.stream().anyMatch(Delivery.CaughtUp.class::isInstance);
  }

  List<Delivery.Page> pages() {
    return deliveries.stream()
        .filter(Delivery.Page.class::isInstance)
        .map(Delivery.Page.class::cast)
        .toList();
  }

  List<Entry> entries() {
    return pages().stream().flatMap(page -> page.entries().stream()).toList();
  }

  List<LogEntry> logEntries() {
    return entries().stream().filter(LogEntry.class::isInstance).map(LogEntry.class::cast).toList();
  }

  List<String> texts() {
    return entries().stream()
        .filter(Message.class::isInstance)
        .map(entry -> ((Message) entry).body().asText())
        .toList();
  }

  List<Delivery.Snapshot> snapshots() {
    return deliveries.stream()
        .filter(Delivery.Snapshot.class::isInstance)
        .map(Delivery.Snapshot.class::cast)
        .toList();
  }

  /** The conversations of all snapshots together. */
  List<ConversationSummary> conversations() {
    return snapshots().stream().flatMap(part -> part.conversations().stream()).toList();
  }

  Optional<Delivery.Snapshot> snapshot() {
    return snapshots().stream().findFirst();
  }

  Cursor lastCursor() {
    Cursor cursor = null;
    for (Delivery delivery : deliveries) {
      if (delivery instanceof Delivery.Page page) {
        cursor = page.cursor();
      } else if (delivery instanceof Delivery.CaughtUp caughtUp) {
        cursor = caughtUp.cursor();
      } else if (delivery instanceof Delivery.Snapshot snapshot) {
        cursor = snapshot.cursor();
      }
    }
    if (cursor == null) {
      throw new AssertionError("nothing was delivered");
    }
    return cursor;
  }
}
