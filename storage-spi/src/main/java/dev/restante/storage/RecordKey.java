package dev.restante.storage;

/**
 * Names a record: a small versioned value beside the streams, such as a cursor, a device list or a
 * membership.
 *
 * @param partition the stream that the record belongs to, and with which it is stored
 * @param space what the record is for: 1 to 16 characters of {@code a-z}
 * @param id its name within partition and space, any text of 0 to {@value StreamKey#MAX_NAME_BYTES}
 *     bytes of UTF-8
 */
public record RecordKey(StreamKey partition, String space, String id) {}
