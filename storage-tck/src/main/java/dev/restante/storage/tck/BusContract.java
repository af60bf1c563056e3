package dev.restante.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import dev.restante.bus.NodeBus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The contract of a node bus, as tests: extend this class in the adapter's own tests. The rules are
 * those of {@code docs/spi/bus.md}. Nothing breaks while they run, so what is sent arrives; what a
 * bus does when its server dies the adapter tests itself.
 */
@Tag("O6")
@DisplayNameGeneration(RuleNames.class)
@Timeout(120)
public abstract class BusContract {
  private static final int MANY = 200;
  private static final int SLOW_CALLS = 10;
  private static final long SLOW_CALL_MILLIS = 30;

  private final List<BusLink> open = new ArrayList<>();

  /** For the adapter's test class. */
  protected BusContract() {}

  /** A way to a bus, the same one within a test. Each call may make another instance. */
  protected abstract NodeBus bus();

  /** A way to another bus in the same place: another channel of the same server. */
  protected abstract NodeBus another();

  /** How long a message may take before it counts as lost. Default: 30 s. */
  protected Duration patience() {
    return Duration.ofSeconds(30);
  }

  @AfterEach
  final void closeLinks() {
    open.forEach(BusLink::close);
  }

  private BusLink connect(NodeBus bus, BusReceiver receiver) {
    BusLink link = bus.connect(receiver);
    open.add(link);
    return link;
  }

  /** Keeps what it hears. */
  private final class Ear implements BusReceiver {
    private final BlockingQueue<byte[]> heard = new LinkedBlockingQueue<>();

    @Override
    public void received(byte[] message) {
      heard.add(message);
    }

    @Override
    public void lost(Throwable why) {
      // what comes next is not heard, and the test says so
    }

    byte[] next() {
      try {
        byte[] message = heard.poll(patience().toMillis(), TimeUnit.MILLISECONDS);
        if (message == null) {
          throw new AssertionError("Nothing came within " + patience());
        }
        return message;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("Interrupted while waiting for a message", e);
      }
    }
  }

  /** Stays in its first calls for a while, so that a second one comes in if any can. */
  private final class SlowEar implements BusReceiver {
    private final Ear ear = new Ear();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger inside = new AtomicInteger();
    private final CountDownLatch disturbed = new CountDownLatch(1);

    @Override
    public void received(byte[] message) {
      if (inside.incrementAndGet() > 1) {
        disturbed.countDown();
      }
      if (calls.incrementAndGet() <= SLOW_CALLS) {
        isDisturbed(SLOW_CALL_MILLIS);
      }
      ear.received(message);
      inside.decrementAndGet();
    }

    @Override
    public void lost(Throwable why) {
      ear.lost(why);
    }

    boolean isDisturbed(long withinMillis) {
      try {
        return disturbed.await(withinMillis, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("Interrupted while waiting for a second call", e);
      }
    }
  }

  private static byte[] ofLength(int length) {
    byte[] message = new byte[length];
    for (int i = 0; i < length; i++) {
      message[i] = (byte) (i + length);
    }
    return message;
  }

  @Test
  @Tag("N1")
  void N1_whatOneSendsEverybodyGets() {
    Ear one = new Ear();
    Ear other = new Ear();
    BusLink link = connect(bus(), one);
    connect(bus(), other);
    link.send(ofLength(30));
    assertThat(one.next()).isEqualTo(ofLength(30));
    assertThat(other.next()).isEqualTo(ofLength(30));
  }

  @Test
  @Tag("N2")
  void N2_aMessageIsAnyBytesUpToTheLongest() {
    Ear ear = new Ear();
    BusLink link = connect(bus(), ear);
    for (int length : new int[] {1, 2, 3, 255, 256, 1_000, link.maxMessageBytes()}) {
      link.send(ofLength(length));
      assertThat(ear.next()).isEqualTo(ofLength(length));
    }
  }

  @Test
  @Tag("N3")
  void N3_thereIsRoomForTheLongestHint() {
    assertThat(connect(bus(), new Ear()).maxMessageBytes())
        .isGreaterThanOrEqualTo(BusLink.LEAST_MESSAGE_BYTES);
  }

  @Test
  @Tag("N4")
  void N4_twoBusesDoNotMix() {
    Ear here = new Ear();
    Ear there = new Ear();
    BusLink link = connect(bus(), here);
    BusLink other = connect(another(), there);
    link.send(ofLength(10));
    other.send(ofLength(20));
    assertThat(here.next()).isEqualTo(ofLength(10));
    assertThat(there.next()).isEqualTo(ofLength(20));
    link.send(ofLength(11));
    assertThat(here.next()).isEqualTo(ofLength(11));
    assertThat(there.heard).isEmpty();
  }

  @Test
  @Tag("N5")
  void N5_aLinkThatWasClosedSendsAndHearsNothing() {
    Ear closed = new Ear();
    Ear ear = new Ear();
    BusLink link = connect(bus(), closed);
    BusLink other = connect(bus(), ear);
    link.close();
    other.send(ofLength(10));
    assertThat(ear.next()).isEqualTo(ofLength(10));
    assertThatExceptionOfType(BusException.class).isThrownBy(() -> link.send(ofLength(10)));
    other.send(ofLength(11));
    assertThat(ear.next()).isEqualTo(ofLength(11));
    assertThat(closed.heard).isEmpty();
  }

  @Test
  @Tag("N6")
  void N6_closingTwiceIsHarmlessAndLeavesOthersAlone() {
    Ear ear = new Ear();
    BusLink link = connect(bus(), new Ear());
    BusLink other = connect(bus(), ear);
    link.close();
    assertThatCode(link::close).doesNotThrowAnyException();
    other.send(ofLength(10));
    assertThat(ear.next()).isEqualTo(ofLength(10));
  }

  @Test
  @Tag("N7")
  void N7_aReceiverIsCalledOnceAtATime() {
    SlowEar slow = new SlowEar();
    connect(bus(), slow);
    BusLink one = connect(bus(), new Ear());
    BusLink other = connect(bus(), new Ear());
    try (Race race = new Race(2)) {
      race.run(List.of(() -> sendMany(one), () -> sendMany(other)));
    }
    for (int i = 0; i < 2 * MANY; i++) {
      slow.ear.next();
    }
    assertThat(slow.isDisturbed(0)).as("called while a call was under way").isFalse();
  }

  private static boolean sendMany(BusLink link) {
    for (int i = 0; i < MANY; i++) {
      link.send(ofLength(10));
    }
    return true;
  }
}
