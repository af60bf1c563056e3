package dev.restante.storage;

/**
 * One row of a conversation's log.
 *
 * @param seq its number, one more than its predecessor's
 * @param ordinal how many rows up to and including this one count as unread messages
 * @param timeMillis server time in milliseconds since 1970, never less than the predecessor's
 * @param format the version of the payload's format, 0 to 32,767
 * @param payload opaque bytes; neither side modifies the array after handing it over
 */
public record LogRow(long seq, long ordinal, long timeMillis, int format, byte[] payload) {}
