package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.crash.StormPlan.Fault;
import dev.restante.crash.StormPlan.Kind;
import dev.restante.crash.StormPlan.Turn;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class StormPlanTest {
  private static final int MILLIS = 30_000;

  @Test
  void followsFromItsSeed() {
    assertThat(StormPlan.of(7, MILLIS)).isEqualTo(StormPlan.of(7, MILLIS));
    assertThat(StormPlan.of(7, MILLIS)).isNotEqualTo(StormPlan.of(8, MILLIS));
  }

  @Test
  void everyKindComesAndEveryNodeIsKilledAndHalted() {
    for (int seed = 0; seed < 500; seed++) {
      List<Fault> faults = StormPlan.of(seed, MILLIS).faults();
      assertThat(StormPlan.of(seed, MILLIS).counts()).containsOnlyKeys(Kind.values());
      assertThat(faults).allSatisfy(fault -> assertThat(fault.node()).isBetween(0, 2));
    }
    Set<String> victims = new HashSet<>();
    StormPlan.of(1, 10 * MILLIS)
        .faults()
        .forEach(fault -> victims.add(fault.kind() + " " + fault.node()));
    for (Kind kind :
        List.of(Kind.NODE_KILLED, Kind.NODE_HALTED, Kind.STORE_CUT, Kind.STORE_HALTED)) {
      assertThat(victims).contains(kind + " 0", kind + " 1", kind + " 2");
    }
  }

  /** A node that is dead is not halted, a way that is halted is not cut, and all of it ends. */
  @Test
  void noPlaceIsInTwoFaultsAtOnceAndAllEnd() {
    for (int seed = 0; seed < 500; seed++) {
      Map<String, Kind> in = new HashMap<>();
      for (Turn turn : StormPlan.of(seed, MILLIS).turns()) {
        Fault fault = turn.fault();
        String place = place(fault.kind()) + " " + fault.node();
        if (turn.begins()) {
          assertThat(in.put(place, fault.kind())).as("seed %d, %s", seed, fault).isNull();
        } else {
          assertThat(in.remove(place)).as("seed %d, %s", seed, fault).isEqualTo(fault.kind());
        }
      }
      assertThat(in).isEmpty();
    }
  }

  private static String place(Kind kind) {
    return switch (kind) {
      case NODE_KILLED, NODE_HALTED -> "node";
      case STORE_CUT, STORE_HALTED -> "way to store";
      case STORE_KILLED -> "store";
      case BUS_CUT, BUS_HALTED -> "way to bus";
      case BUS_KILLED -> "bus";
    };
  }
}
