package dev.restante.bus;

/**
 * A configured way to the other nodes, not yet connected. The core connects it, again whenever it
 * was lost, and closes every link that it was given.
 */
public interface NodeBus {
  /** What this is and where it points to, for logs and error messages; without secrets. */
  String description();

  /**
   * Connects. Blocks, for a few seconds at most; from when it returns the receiver is told what
   * anybody on the bus sends, this node included.
   *
   * @param receiver is told what comes, until the link is closed
   * @throws BusException if it cannot be done now
   */
  BusLink connect(BusReceiver receiver);
}
