package dev.restante.example.quickstart;

import dev.restante.api.sync.Delivery;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Stands for the host's connection to a device: what Restante hands over would go out on a socket.
 * It may ask for everything at once, since a session waits when the device does not acknowledge.
 */
final class Transport implements Flow.Subscriber<Delivery> {
  private final BlockingQueue<Delivery> onTheWire = new LinkedBlockingQueue<>();

  /** What the device receives next; waits for it. */
  Delivery receive() throws InterruptedException {
    return onTheWire.take();
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(Delivery delivery) {
    onTheWire.add(delivery);
  }

  @Override
  public void onError(Throwable failure) {
    throw new IllegalStateException(failure);
  }

  @Override
  public void onComplete() {
    // the session has ended; this example closes it itself
  }
}
