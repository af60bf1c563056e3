package dev.restante.simulator;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What came of many stories. */
public final class SimulationReport {
  private static final int MAX_FAILED = 100;

  private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
  private final Map<Fault, Map<Fault, Long>> pairs = new EnumMap<>(Fault.class);
  private final Map<String, Long> numbers = new TreeMap<>();
  private final Map<String, Long> storiesWith = new TreeMap<>();
  private final List<StoryResult> failed = new ArrayList<>();
  private long stories;

  SimulationReport() {}

  void add(StoryResult story) {
    stories++;
    story.faults().forEach((fault, count) -> faults.merge(fault, count, Long::sum));
    story.numbers().forEach((name, count) -> numbers.merge(name, count, Long::sum));
    story.numbers().keySet().forEach(name -> storiesWith.merge(name, 1L, Long::sum));
    for (Fault one : story.faults().keySet()) {
      for (Fault other : story.faults().keySet()) {
        pairs.computeIfAbsent(one, any -> new EnumMap<>(Fault.class)).merge(other, 1L, Long::sum);
      }
    }
    if (!story.ok() && failed.size() < MAX_FAILED) {
      failed.add(story);
    }
  }

  /** How many stories were told. */
  public long stories() {
    return stories;
  }

  /** The stories in which something was violated, the first {@value #MAX_FAILED} of them. */
  public List<StoryResult> failed() {
    return List.copyOf(failed);
  }

  /** How often a kind of fault happened, in all stories together. */
  public long count(Fault fault) {
    return faults.getOrDefault(fault, 0L);
  }

  /** In how many stories both kinds of fault happened; a kind with itself: in how many it did. */
  public long storiesWith(Fault one, Fault other) {
    return pairs.getOrDefault(one, Map.of()).getOrDefault(other, 0L);
  }

  /** How often something else was counted, by its name in the table. */
  public long count(String name) {
    return numbers.getOrDefault(name, 0L);
  }

  /** Pairs of kinds of fault that did not meet in any story. */
  public List<String> pairsMissed() {
    List<String> missed = new ArrayList<>();
    for (Fault one : Fault.values()) {
      for (Fault other : Fault.values()) {
        if (one.compareTo(other) <= 0 && storiesWith(one, other) == 0) {
          missed.add(one + " + " + other);
        }
      }
    }
    return missed;
  }

  /** Everything that was counted, as a text for people. */
  public String table() {
    StringBuilder table = new StringBuilder();
    table.append("%,d stories, %d failed%n".formatted(stories, failed.size()));
    table.append("%n%-24s%12s%10s%n".formatted("fault", "times", "stories"));
    for (Fault fault : Fault.values()) {
      table.append("%-24s%,12d%,10d%n".formatted(fault, count(fault), storiesWith(fault, fault)));
    }
    table.append("%nstories in which two kinds of fault met, columns as rows%n".formatted());
    for (Fault one : Fault.values()) {
      table.append("%n%-24s".formatted(one));
      for (Fault other : Fault.values()) {
        table.append("%6d".formatted(storiesWith(one, other)));
      }
    }
    table.append("%n%n%-32s%14s%10s%n".formatted("counted", "times", "stories"));
    numbers.forEach(
        (name, count) ->
            table.append("%-32s%,14d%,10d%n".formatted(name, count, storiesWith.get(name))));
    return table.toString();
  }

  @Override
  public String toString() {
    return table();
  }
}
