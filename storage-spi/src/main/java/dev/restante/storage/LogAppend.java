package dev.restante.storage;

import java.util.List;

/**
 * Rows for one log, at an expected head.
 *
 * @param log the log
 * @param expectedHead the head that the first row follows: {@code rows.get(0).seq() - 1}
 * @param verify whether the store must make sure that the head is exactly the expected one; if
 *     {@code false} the caller saw that head in this store before, and only a head that is higher
 *     need be noticed
 * @param rows at least one row, numbered without a gap
 */
public record LogAppend(StreamKey log, long expectedHead, boolean verify, List<LogRow> rows) {}
