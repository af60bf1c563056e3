package dev.restante.crash;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What befalls three nodes, their servers and the ways between, and when. It follows from a seed
 * and a length alone: {@code -Drestante.crash.seed} replays it. Faults overlap, except that nothing
 * befalls what is in a fault of the same kind already.
 *
 * @param seed the seed
 * @param faults in the order of their beginning
 */
record StormPlan(long seed, List<Fault> faults) {
  static final int NODES = 3;

  /** What happens, and to what: no two faults of one place at a time. */
  enum Kind {
    /** SIGKILL; in the end it is started again. */
    NODE_KILLED(Place.NODE, 0, 1_500),
    /** SIGSTOP, some for longer than a store's call may take; in the end SIGCONT. */
    NODE_HALTED(Place.NODE, 200, 5_000),
    /** All connections from a node to the store break at once. */
    STORE_CUT(Place.WAY_TO_STORE, 0, 0),
    /** Nothing gets through to the store or back, and nobody is told; in the end all of it does. */
    STORE_HALTED(Place.WAY_TO_STORE, 100, 4_000),
    /** The store with all its processes, as by a power failure; in the end it is started again. */
    STORE_KILLED(Place.STORE, 0, 1_500),
    /** Connections of a node to the bus break. */
    BUS_CUT(Place.WAY_TO_BUS, 0, 0),
    /** Nothing gets through to the bus or back. */
    BUS_HALTED(Place.WAY_TO_BUS, 100, 4_000),
    /** The bus dies; in the end it is started again. */
    BUS_KILLED(Place.BUS, 0, 1_000);

    private final Place place;
    private final int shortest;
    private final int longest;

    Kind(Place place, int shortest, int longest) {
      this.place = place;
      this.shortest = shortest;
      this.longest = longest;
    }

    private boolean hasNode() {
      return place != Place.STORE && place != Place.BUS;
    }
  }

  private enum Place {
    NODE,
    WAY_TO_STORE,
    STORE,
    WAY_TO_BUS,
    BUS
  }

  /**
   * One fault.
   *
   * @param kind what happens
   * @param node to which node; 0 if to none
   * @param beginMillis when, from the beginning of the storm
   * @param endMillis when it is over
   */
  record Fault(Kind kind, int node, int beginMillis, int endMillis) {
    @Override
    public String toString() {
      return kind + (kind.hasNode() ? " " + node : "") + " " + beginMillis + "-" + endMillis;
    }
  }

  /** The beginning or the end of a fault. */
  record Turn(Fault fault, boolean begins) {
    int atMillis() {
      return begins ? fault.beginMillis : fault.endMillis;
    }
  }

  /**
   * Faults at random moments within the length. A server dies half as often as anything else
   * happens, since everybody stands still until it is back.
   */
  static StormPlan of(long seed, int millis) {
    Random random = new Random(seed);
    List<Fault> faults = new ArrayList<>();
    Map<String, Integer> freeAt = new HashMap<>();
    List<Kind> next = new ArrayList<>();
    for (int at = 300; at < millis; at += 200 + random.nextInt(900)) {
      if (next.isEmpty()) {
        next.addAll(Arrays.asList(Kind.values()));
        Arrays.stream(Kind.values()).filter(Kind::hasNode).forEach(next::add);
        Collections.shuffle(next, random);
      }
      Kind kind = next.remove(next.size() - 1);
      int node = kind.hasNode() ? random.nextInt(NODES) : 0;
      int end = at + kind.shortest + random.nextInt(kind.longest - kind.shortest + 1);
      String where = kind.place + " " + node;
      int begin = Math.max(at, freeAt.getOrDefault(where, 0));
      freeAt.put(where, begin + end - at + 1);
      faults.add(new Fault(kind, node, begin, begin + end - at));
    }
    faults.sort(Comparator.comparingInt(Fault::beginMillis));
    return new StormPlan(seed, List.copyOf(faults));
  }

  /** Beginnings and ends in their order. */
  List<Turn> turns() {
    List<Turn> turns = new ArrayList<>();
    for (Fault fault : faults) {
      turns.add(new Turn(fault, true));
      turns.add(new Turn(fault, false));
    }
    turns.sort(Comparator.comparingInt(Turn::atMillis));
    return turns;
  }

  Map<Kind, Integer> counts() {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    faults.forEach(fault -> counts.merge(fault.kind, 1, Integer::sum));
    return counts;
  }
}
