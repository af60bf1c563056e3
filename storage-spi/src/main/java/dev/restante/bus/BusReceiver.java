package dev.restante.bus;

/**
 * Is told what comes over a link. Its methods return soon, throw nothing and take no call back to
 * the link but {@link BusLink#close}; so a thread of a network library may call them.
 */
public interface BusReceiver {
  /**
   * A message came. One call at a time.
   *
   * @param message as it was sent, or anything at all; nobody changes it afterwards
   */
  void received(byte[] message);

  /**
   * The link was found to be broken. Telling this is a courtesy: that nothing comes any more is
   * noticed without it, a little later.
   *
   * @param why for the log
   */
  void lost(Throwable why);
}
