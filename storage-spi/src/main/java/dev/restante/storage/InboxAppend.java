package dev.restante.storage;

import java.util.List;

/**
 * Rows for one inbox, at an expected head.
 *
 * @param inbox the inbox
 * @param expectedHead the head that the first row follows: {@code rows.get(0).position() - 1}, but
 *     for inboxes that are moved
 * @param verify as in {@link LogAppend#verify()}
 * @param rows at least one row, numbered without a gap. With {@code verify} numbers may be left
 *     out, before the first row too, and are as if compaction had removed rows there: so an inbox
 *     is moved from another store
 */
public record InboxAppend(
    StreamKey inbox, long expectedHead, boolean verify, List<InboxRow> rows) {}
