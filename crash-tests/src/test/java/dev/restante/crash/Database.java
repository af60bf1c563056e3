package dev.restante.crash;

/** A real server that is killed and started again on the same folder and port. */
interface Database extends AutoCloseable {
  /** Where the store is, as {@link ChildNode} understands it. */
  String url();

  /** Waits until messages are being committed; the server may stand still from then on. */
  void awaitCommit();

  /** Kills it with all its processes at once, as a power failure would. */
  void kill();

  /** Starts it after it was killed. */
  void startAgain();

  @Override
  void close();
}
