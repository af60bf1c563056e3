package dev.restante.storage;

/**
 * A record as stored.
 *
 * @param key its name
 * @param version its version, 1 or greater
 * @param payload opaque bytes; neither side modifies the array after handing it over
 */
public record StoredRecord(RecordKey key, long version, byte[] payload) {}
