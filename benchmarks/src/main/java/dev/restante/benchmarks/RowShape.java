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

  /** The text of a UUID as the tables of SQL have it: the byte FF and its 16 bytes. */
  static byte[] stored(byte[] clientId) {
    byte[] stored = new byte[17];
    stored[0] = (byte) 0xFF;
    for (int from = 0, to = 1; from < clientId.length; ) {
      if (clientId[from] == '-') {
        from++;
      } else {
        int high = Character.digit(clientId[from++], 16);
        stored[to++] = (byte) (high << 4 | Character.digit(clientId[from++], 16));
      }
    }
    return stored;
  }
}
