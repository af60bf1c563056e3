package dev.restante.crash;

import dev.restante.api.sync.Delivery;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Hands over one delivery after another, as many as were asked for beyond the first few. */
final class Receiver implements Flow.Subscriber<Delivery> {
  private static final int AHEAD = 3;

  private final Consumer<Delivery> to;
  private volatile Flow.@Nullable Subscription subscription;

  Receiver(Consumer<Delivery> to) {
    this.to = to;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    given.request(AHEAD);
  }

  @Override
  public void onNext(Delivery delivery) {
    to.accept(delivery);
  }

  @Override
  public void onError(Throwable failure) {
    throw new AssertionError(failure);
  }

  @Override
  public void onComplete() {
    // who reads asks the session why it ended
  }

  void more() {
    Flow.Subscription current = subscription;
    if (current != null) {
      current.request(1);
    }
  }
}
