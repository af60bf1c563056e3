package dev.restante;

/**
 * Whether a node can work.
 *
 * @param state the state
 * @param detail for people: what is wrong, without secrets; empty if nothing is
 */
public record Health(State state, String detail) {
  /** The states of a node. */
  public enum State {
    /** The store has not been reached yet; requests are refused with {@code UNAVAILABLE}. */
    OPENING,
    /** The store answers. */
    UP,
    /** The store was lost; requests are refused with {@code UNAVAILABLE} until it is back. */
    DOWN,
    /** The store never will work as configured; somebody has to change something. */
    FAILED,
    /** The node was closed. */
    CLOSED
  }
}
