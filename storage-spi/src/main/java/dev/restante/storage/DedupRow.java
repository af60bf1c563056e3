package dev.restante.storage;

/**
 * Remembers a submit for the deduplication window.
 *
 * @param key the submit
 * @param draftHash a hash of the draft as the client sent it
 * @param seq the sequence number it was given
 * @param timeMillis the server time it was given, in milliseconds since 1970
 * @param expiresAtMillis from this moment on (by the caller's clock) the row counts for nothing,
 *     whether or not it is still stored; {@link Long#MAX_VALUE} for never
 * @param replacesExpired set if the caller found an expired row under this key: the store removes
 *     that row, if it is expired at {@link Commit#nowMillis()}, before it adds this one; no such
 *     row may be left. Where it is not set, a store may answer an expired row under this key with a
 *     conflict
 */
public record DedupRow(
    DedupKey key,
    long draftHash,
    long seq,
    long timeMillis,
    long expiresAtMillis,
    boolean replacesExpired) {}
