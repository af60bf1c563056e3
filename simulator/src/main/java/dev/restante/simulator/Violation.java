package dev.restante.simulator;

/**
 * Something that must not be.
 *
 * @param invariant what was violated
 * @param atMillis when, in milliseconds of virtual time since the story began
 * @param detail what was found and what was expected
 */
public record Violation(Invariant invariant, long atMillis, String detail) {
  @Override
  public String toString() {
    return "%s at %d ms: %s".formatted(invariant, atMillis, detail);
  }
}
