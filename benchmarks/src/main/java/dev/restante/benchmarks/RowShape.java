package dev.restante.benchmarks;

/**
 * The values of the library's rows that only the library knows the meaning of, taken from rows that
 * it wrote itself.
 *
 * @param logFormat the format of a message's payload in the log
 * @param inboxType the type of a reference
 * @param inboxFormat the format of a reference
 */
record RowShape(int logFormat, int inboxType, int inboxFormat) {
  /** How long a client id is remembered. */
  static final long WINDOW_MILLIS = 7L * 24 * 3600 * 1000;
}
