package dev.restante.storage.ordered;

/** Walks over part of a table, as it was at the snapshot's moment. Used by one thread. */
public interface Rows extends AutoCloseable {
  /**
   * Goes to the first row, and from there from one to the next. After {@code false} it is not asked
   * again.
   */
  boolean next();

  /** The key of the row that {@link #next()} went to. The array is the caller's. */
  byte[] key();

  /** The value of that row. The array is the caller's. */
  byte[] value();

  /**
   * The beginning of that value, where no more is needed.
   *
   * @param bytes how many bytes are needed; the value has as many. More may be returned
   */
  default byte[] value(int bytes) {
    return value();
  }

  /** Ends the walk. Called once, before the snapshot is closed. */
  @Override
  void close();
}
