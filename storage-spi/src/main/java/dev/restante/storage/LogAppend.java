package dev.restante.storage;

import java.util.List;

/**
 * Rows for one log, at an expected head.
 *
 * @param log the log
 * @param expectedHead the head that the first row follows: {@code rows.get(0).seq() - 1}, but for
 *     logs that are moved
 * @param verify whether the store must make sure that the head is exactly the expected one; if
 *     {@code false} the caller saw that head in this store before, and only a head that is higher
 *     need be noticed
 * @param rows at least one row, numbered without a gap. With {@code verify}, and where the log
 *     holds no rows, the first one may have any number above the expected head: so a log is moved
 *     from another store. What a read shows is left open then until the log was trimmed up to the
 *     row before the first
 */
public record LogAppend(StreamKey log, long expectedHead, boolean verify, List<LogRow> rows) {}
