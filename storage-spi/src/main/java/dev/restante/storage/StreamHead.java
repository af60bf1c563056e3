package dev.restante.storage;

/**
 * Where a stream stands.
 *
 * @param head the greater of the floor and the number of the last row; 0 for a stream without
 *     history
 * @param ordinal the countable ordinal of the last row, or the one kept with the floor; 0 for an
 *     inbox
 * @param timeMillis the server time of the last row, or the one kept with the floor, in
 *     milliseconds since 1970; 0 for an inbox
 * @param floor rows with numbers up to this one were removed; 0 if none was
 */
public record StreamHead(long head, long ordinal, long timeMillis, long floor) {
  /** The head of a stream that nothing was ever appended to. */
  public static final StreamHead EMPTY = new StreamHead(0, 0, 0, 0);
}
