package dev.restante.simulator;

import java.util.List;
import java.util.Map;

/**
 * How one story went.
 *
 * @param seed what it was made from
 * @param faults how often each kind of fault happened
 * @param numbers what else was counted, by name
 * @param violations what went wrong; empty if all is well
 * @param digest differs if anything happened otherwise or at another time
 * @param trace everything that happened, in order, if the story was told with a trace
 */
public record StoryResult(
    long seed,
    Map<Fault, Long> faults,
    Map<String, Long> numbers,
    List<Violation> violations,
    long digest,
    List<String> trace) {
  /** Whether all is well. */
  public boolean ok() {
    return violations.isEmpty();
  }
}
