package dev.restante.storage;

import org.jspecify.annotations.Nullable;

/**
 * An inbox row together with the log row that it refers to.
 *
 * @param row the inbox row
 * @param logRow the row referred to; {@code null} if the inbox row refers to none, or to one that
 *     was removed
 */
public record InboxItem(InboxRow row, @Nullable LogRow logRow) {}
