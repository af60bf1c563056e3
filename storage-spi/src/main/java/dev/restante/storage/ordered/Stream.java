package dev.restante.storage.ordered;

import dev.restante.storage.StreamHead;

/**
 * What is remembered of one stream. The number never changes and may be read by anybody; the rest
 * is the writer's.
 */
final class Stream {
  private final long number;
  private boolean dropped;
  private boolean loaded;
  private long floor;
  private long head;
  private long ordinal;
  private long timeMillis;

  Stream(long number) {
    this.number = number;
  }

  /** A stream that nothing was written to yet. */
  static Stream fresh(long number) {
    Stream stream = new Stream(number);
    stream.loaded = true;
    return stream;
  }

  long number() {
    return number;
  }

  /**
   * Tells that another object may stand for the stream from now on: what this one has of it is not
   * kept up to date any more. By whoever holds the lock under which the other one is looked for.
   */
  void drop() {
    dropped = true;
  }

  /**
   * Whether another object may stand for the stream. In the writer's turn, which comes after that
   * of everybody who could have had the other one.
   */
  boolean isDropped() {
    return dropped;
  }

  boolean isLoaded() {
    return loaded;
  }

  void load(StreamHead found) {
    floor = found.floor();
    reach(found.head(), found.ordinal(), found.timeMillis());
    loaded = true;
  }

  long headNumber() {
    return head;
  }

  StreamHead head() {
    return new StreamHead(head, ordinal, timeMillis, floor);
  }

  void reach(long newHead, long newOrdinal, long newTimeMillis) {
    head = newHead;
    ordinal = newOrdinal;
    timeMillis = newTimeMillis;
  }

  long floor() {
    return floor;
  }

  void floor(long raised) {
    floor = raised;
  }
}
