package dev.restante.benchmarks;

/**
 * The statements of the drain by hand.
 *
 * @param page stream, position, limit: an inbox's rows with the rows of the logs
 * @param logPage stream, number, limit: rows of a log
 * @param arrays whether the statements below take an array a column, or one row at a time
 * @param raiseCursor stream, id, version, payload
 * @param trim stream, position
 * @param floor stream, position
 */
record DrainSql(
    String page, String logPage, boolean arrays, String raiseCursor, String trim, String floor) {
  static final String PAGE =
      """
      SELECT i.position, i.type, i.format, i.log_id, i.seq, i.ckey, i.payload,
        l.ordinal, l.time_millis, l.format, l.payload
      FROM ${prefix}inbox i LEFT JOIN ${prefix}log l
        ON l.stream_id = i.log_id AND l.seq = i.seq
      WHERE i.stream_id = ? AND i.position > ? ORDER BY i.position LIMIT ?""";

  static final String LOG_PAGE =
      """
      SELECT seq, ordinal, time_millis, format, payload
      FROM ${prefix}log WHERE stream_id = ? AND seq > ? ORDER BY seq LIMIT ?""";
}
