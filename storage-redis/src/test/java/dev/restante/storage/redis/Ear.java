package dev.restante.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Hears what comes over links, and of their loss. */
final class Ear implements BusReceiver {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  static final byte[] MESSAGE = {1, 0, -1, 127};

  private final BlockingQueue<byte[]> heard = new LinkedBlockingQueue<>();
  private final BlockingQueue<Throwable> losses = new LinkedBlockingQueue<>();

  @Override
  public void received(byte[] message) {
    heard.add(message);
  }

  @Override
  public void lost(Throwable why) {
    losses.add(why);
  }

  BlockingQueue<Throwable> losses() {
    return losses;
  }

  void isTold() throws InterruptedException {
    assertThat(losses.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isNotNull();
  }

  void hears() throws InterruptedException {
    assertThat(heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(MESSAGE);
  }

  /** What is sent over a link of this receiver's comes back. */
  void works(BusLink link) throws InterruptedException {
    link.send(MESSAGE);
    hears();
  }
}
