package dev.restante.simulator;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** What was counted in one story. */
final class Tally {
  private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
  private final Map<String, Long> numbers = new TreeMap<>();

  void count(Fault fault) {
    faults.merge(fault, 1L, Long::sum);
  }

  void count(String what) {
    add(what, 1);
  }

  void add(String what, long howMany) {
    if (howMany != 0) {
      numbers.merge(what, howMany, Long::sum);
    }
  }

  Map<Fault, Long> faults() {
    return faults;
  }

  Map<String, Long> numbers() {
    return numbers;
  }
}
