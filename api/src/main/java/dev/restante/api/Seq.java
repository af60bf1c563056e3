package dev.restante.api;

/** Checks of sequence numbers. */
final class Seq {
  private Seq() {}

  static void check(long seq) {
    if (seq < 1) {
      throw new InvalidValueException("seq must be at least 1, is " + seq);
    }
  }
}
