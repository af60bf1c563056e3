package dev.restante;

/**
 * Whether a node can work.
 *
 * @param state the state, which is that of the store
 * @param detail for people: what is wrong with the store, without secrets; empty if nothing is
 * @param bus whether this node and the others hear each other; a node without works all the same
 */
public record Health(State state, String detail, Bus bus) {
  /** The states of the way to the other nodes. */
  public enum Bus {
    /** The node was built without a bus; it finds by polling what others wrote. */
    NONE,
    /** What this node tells arrives. */
    UP,
    /** It is not connected, or nothing arrives. It polls, and tries to connect. */
    DOWN
  }

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
