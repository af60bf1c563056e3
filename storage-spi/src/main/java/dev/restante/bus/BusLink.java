package dev.restante.bus;

/**
 * A connection to the bus. Once it is broken it stays so; the core closes it then and makes another
 * one.
 */
public interface BusLink extends AutoCloseable {
  /** The least that {@link #maxMessageBytes} may be: room for the longest hint there is. */
  int LEAST_MESSAGE_BYTES = 2_048;

  /** The longest message that {@link #send} takes, in bytes; the same for the life of the link. */
  int maxMessageBytes();

  /**
   * Sends a message to every node that is on the bus now, this one included. It may be lost on the
   * way, arrive twice or late, but not cut or mixed with another. Blocks, for a few seconds at
   * most. Called by one thread at a time.
   *
   * @param message 1 to {@link #maxMessageBytes} bytes, which nobody changes afterwards
   * @throws BusException if it may not have been sent; the core takes the link for broken
   */
  void send(byte[] message);

  /**
   * Lets the connection go, and with it whatever {@link #send} or receiver waits for it. Does not
   * wait, may be called at any time by any thread, and again. Nothing is received afterwards, but
   * for what was being handed over.
   */
  @Override
  void close();
}
