package dev.restante.storage.tck;

import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import dev.restante.bus.NodeBus;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A bus in memory that breaks a rule. */
final class BadBus implements NodeBus {
  private static final int CUT_AT = 300;

  /** All buses of a test. */
  record Place(BusMutant mutant, List<Link> links) {
    Place(BusMutant mutant) {
      this(mutant, new CopyOnWriteArrayList<>());
    }

    NodeBus bus(String channel) {
      return new BadBus(this, channel);
    }
  }

  private final Place place;
  private final String channel;

  private BadBus(Place place, String channel) {
    this.place = place;
    this.channel = channel;
  }

  @Override
  public String description() {
    return "bad bus";
  }

  @Override
  public BusLink connect(BusReceiver receiver) {
    Link link = new Link(place, channel, receiver);
    place.links.add(link);
    return link;
  }

  static final class Link implements BusLink {
    private final Place place;
    private final String channel;
    private final BusReceiver receiver;
    private volatile boolean closed;

    Link(Place place, String channel, BusReceiver receiver) {
      this.place = place;
      this.channel = channel;
      this.receiver = receiver;
    }

    private boolean has(BusMutant mutant) {
      return place.mutant == mutant;
    }

    @Override
    public int maxMessageBytes() {
      return has(BusMutant.N3_NARROW) ? LEAST_MESSAGE_BYTES - 1 : LEAST_MESSAGE_BYTES;
    }

    @Override
    public void send(byte[] message) {
      if (closed) {
        throw new BusException("closed", null);
      }
      byte[] sent =
          has(BusMutant.N2_CUTS)
              ? Arrays.copyOf(message, Math.min(CUT_AT, message.length))
              : message;
      for (Link link : place.links) {
        boolean same = link.channel.equals(channel) || has(BusMutant.N4_MIXES);
        boolean there = !link.closed || has(BusMutant.N5_HEARS_ON);
        if (same && there && !(link == this && has(BusMutant.N1_DEAF_TO_ITSELF))) {
          link.hand(sent);
        }
      }
    }

    private void hand(byte[] message) {
      if (has(BusMutant.N7_CROWDS)) {
        receiver.received(message);
        return;
      }
      synchronized (this) {
        receiver.received(message);
      }
    }

    @Override
    public void close() {
      closed = true;
      if (has(BusMutant.N6_CLOSES_ALL)) {
        place.links.forEach(link -> link.closed = true);
      }
    }
  }
}
