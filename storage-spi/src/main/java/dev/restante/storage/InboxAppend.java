package dev.restante.storage;

import java.util.List;

/**
 * Rows for one inbox, at an expected head.
 *
 * @param inbox the inbox
 * @param expectedHead the head that the first row follows: {@code rows.get(0).position() - 1}
 * @param verify as in {@link LogAppend#verify()}
 * @param rows at least one row, numbered without a gap
 */
public record InboxAppend(
    StreamKey inbox, long expectedHead, boolean verify, List<InboxRow> rows) {}
