package dev.restante.benchmarks;

/** One way of doing the work that is compared: the library, or something written by hand. */
interface Variant {
  /** Its name, for progress. */
  String name();

  /**
   * Gets ready for a round of about this length. Not measured.
   *
   * @param seconds the length wanted
   */
  default void prepare(double seconds) throws Exception {}

  /** Works for a round and measures it. */
  Round run(double seconds) throws Exception;

  /** Clears up after a round. Not measured. */
  default void finish() throws Exception {}
}
