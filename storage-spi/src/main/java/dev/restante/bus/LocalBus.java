package dev.restante.bus;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A bus between the nodes of one process: each takes part that was handed the same instance. What
 * is sent is handed over on the sender's thread. Safe for use by many threads.
 */
public final class LocalBus implements NodeBus {
  private static final int MAX_MESSAGE_BYTES = 1 << 20;

  private final List<Link> links = new CopyOnWriteArrayList<>();

  private LocalBus() {}

  /** A bus that nobody is on yet. */
  public static LocalBus create() {
    return new LocalBus();
  }

  @Override
  public String description() {
    return "bus within this process";
  }

  @Override
  public BusLink connect(BusReceiver receiver) {
    Link link = new Link(requireNonNull(receiver, "receiver"));
    links.add(link);
    return link;
  }

  private final class Link implements BusLink {
    private final BusReceiver receiver;

    Link(BusReceiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public int maxMessageBytes() {
      return MAX_MESSAGE_BYTES;
    }

    @Override
    public void send(byte[] message) {
      if (!links.contains(this)) {
        throw new BusException("the link was closed", null);
      }
      links.forEach(link -> link.receive(message));
    }

    /** Several may send to it at once. */
    private synchronized void receive(byte[] message) {
      if (links.contains(this)) {
        receiver.received(message);
      }
    }

    @Override
    public void close() {
      links.remove(this);
    }
  }
}
