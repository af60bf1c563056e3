package dev.restante.storage;

import java.util.List;

/**
 * Part of an inbox, in order of position.
 *
 * @param items the rows found
 * @param scannedTo how far the store looked: there is no row with a position above the one asked
 *     for and up to this one that is missing from {@code items}. The next read starts here. It is
 *     never less than the position asked for
 * @param more whether the read ended at a limit, so that rows may follow
 * @param floor the floor at the time of the read: where it is above the position asked for, rows
 *     that the reader has not seen are gone
 */
public record InboxSlice(List<InboxItem> items, long scannedTo, boolean more, long floor) {}
