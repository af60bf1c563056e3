package dev.restante.simulator;

import static dev.restante.simulator.StoryPlan.pick;

import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import dev.restante.bus.NodeBus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The bus of a story, which keeps no promise: what goes over it is lost, late, out of order or
 * doubled, and what nobody sent comes out of it.
 */
final class SimBus {
  private static final int MAX_MESSAGE_BYTES = BusLink.LEAST_MESSAGE_BYTES;
  private static final Duration LATEST = Duration.ofSeconds(5);

  private final World world;
  private final Tally tally;
  private final Weather weather;
  private final Ledger ledger;
  private final StoryPlan plan;
  private final SplittableRandom chance;
  private final List<Line> lines = new ArrayList<>();

  SimBus(
      World world,
      Tally tally,
      Weather weather,
      Ledger ledger,
      StoryPlan plan,
      SplittableRandom chance) {
    this.world = world;
    this.tally = tally;
    this.weather = weather;
    this.ledger = ledger;
    this.plan = plan;
    this.chance = chance;
  }

  /** The bus as one node sees it. */
  NodeBus forNode(SimNode node) {
    return new NodeBus() {
      @Override
      public String description() {
        return "simulated bus";
      }

      @Override
      public BusLink connect(BusReceiver receiver) {
        if (node.offTheBus()) {
          throw new BusException("simulated", null);
        }
        Line line = new Line(node, receiver);
        lines.add(line);
        return line;
      }
    };
  }

  /** The node is cut off: its link breaks with a word, or goes dead without one. */
  void cut(SimNode node) {
    node.offTheBus(true);
    if (chance.nextBoolean()) {
      for (Line line : List.copyOf(lines)) {
        if (line.node == node) {
          world.at(
              world.now(), node, () -> line.receiver.lost(new BusException("simulated", null)));
        }
      }
    }
  }

  private boolean meets(Fault fault, double share) {
    boolean met = weather.meets(fault) && chance.nextDouble() < share;
    if (met) {
      tally.count(fault);
    }
    return met;
  }

  private void deliver(Line to, byte[] message) {
    if (meets(Fault.HINT_LOST, plan.hintsLost())) {
      return;
    }
    int copies = meets(Fault.HINT_TWICE, plan.hintFaults()) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      hand(to, message, latency());
    }
    if (meets(Fault.HINT_FALSE, plan.hintFaults())) {
      hand(to, falsehood(message), latency());
    }
  }

  private long latency() {
    return meets(Fault.HINT_LATE, plan.hintFaults())
        ? chance.nextLong(LATEST.toNanos())
        : 50_000 + chance.nextLong(2_000_000);
  }

  private void hand(Line to, byte[] message, long latency) {
    world.at(
        world.now() + latency,
        to.node,
        () -> {
          if (lines.contains(to) && !to.node.offTheBus()) {
            to.receiver.received(message);
          }
        });
  }

  // ---- what nobody sent -------------------------------------------------------------------------

  private byte[] falsehood(byte[] message) {
    return switch (chance.nextInt(4)) {
      case 0 -> garbage();
      case 1 -> mangled(message);
      default -> lie(message);
    };
  }

  private byte[] garbage() {
    byte[] garbage = new byte[chance.nextInt(60)];
    chance.nextBytes(garbage);
    return garbage;
  }

  private byte[] mangled(byte[] message) {
    byte[] mangled = message.clone();
    mangled[chance.nextInt(mangled.length)] ^= (byte) (1 << chance.nextInt(8));
    return mangled;
  }

  /** Well formed, from the same store, of a stream that there is, and mostly untrue. */
  private byte[] lie(byte[] message) {
    List<Shadow> streams = List.copyOf(ledger.streams());
    HintWriter lie = new HintWriter(HintWriter.store(message), chance.nextLong());
    for (int i = chance.nextInt(4); i >= 0 && !streams.isEmpty(); i--) {
      Shadow stream = streams.get(chance.nextInt(streams.size()));
      long head = stream.head();
      long said =
          pick(chance, 1L, head - 1, head, head + 1, head + 1, head + 2, head + 50, 1L << 62);
      lie.add(pick(chance, 1, 2, 2, 3, 77), stream.key, Math.max(0, said));
    }
    return lie.message();
  }

  private final class Line implements BusLink {
    private final SimNode node;
    private final BusReceiver receiver;

    Line(SimNode node, BusReceiver receiver) {
      this.node = node;
      this.receiver = receiver;
    }

    @Override
    public int maxMessageBytes() {
      return MAX_MESSAGE_BYTES;
    }

    @Override
    public void send(byte[] message) {
      if (!lines.contains(this)) {
        throw new BusException("the link was closed", null);
      }
      if (node.offTheBus()) {
        // Either the network says so, or what is sent vanishes.
        if (chance.nextBoolean()) {
          throw new BusException("simulated", null);
        }
        return;
      }
      lines.removeIf(line -> line.node.dead());
      lines.forEach(line -> deliver(line, message));
    }

    @Override
    public void close() {
      lines.remove(this);
    }
  }
}
