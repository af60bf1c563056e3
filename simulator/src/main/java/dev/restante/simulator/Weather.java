package dev.restante.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Which faults are about: how likely each call is to meet one, and who cannot reach the store. */
final class Weather {
  private static final List<Fault> OF_WRITES =
      List.of(
          Fault.CALL_LOST,
          Fault.UNKNOWN_APPLIED,
          Fault.UNKNOWN_NOT_APPLIED,
          Fault.LANDS_LATER,
          Fault.SLOW_ANSWER,
          Fault.TRANSIENT_ERROR);
  private static final List<Fault> OF_READS =
      List.of(Fault.CALL_LOST, Fault.SLOW_ANSWER, Fault.TRANSIENT_ERROR);

  private final SplittableRandom chance;
  private final double faultsPerCall;
  private final List<Fault> ofWrites = new ArrayList<>();
  private final List<Fault> ofReads = new ArrayList<>();
  private final Set<Fault> faults;
  private boolean stormy = true;
  private boolean outage;

  Weather(SplittableRandom chance, Set<Fault> faults, double faultsPerCall) {
    this.chance = chance;
    this.faultsPerCall = faultsPerCall;
    this.faults = faults;
    OF_WRITES.stream().filter(faults::contains).forEach(ofWrites::add);
    OF_READS.stream().filter(faults::contains).forEach(ofReads::add);
  }

  @Nullable Fault pick(boolean writes) {
    List<Fault> possible = writes ? ofWrites : ofReads;
    if (!stormy || possible.isEmpty() || chance.nextDouble() >= faultsPerCall) {
      return null;
    }
    return possible.get(chance.nextInt(possible.size()));
  }

  /** Whether that fault may happen now. */
  boolean meets(Fault fault) {
    return stormy && faults.contains(fault);
  }

  boolean cutOff(SimNode node) {
    return outage || node.partitioned();
  }

  void outage(boolean begins) {
    outage = begins;
  }

  void calm() {
    stormy = false;
    outage = false;
  }
}
