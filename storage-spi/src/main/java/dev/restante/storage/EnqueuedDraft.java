package dev.restante.storage;

/**
 * A draft as a source keeps it. All of it is opaque to the source, except that rows of certain
 * lanes may be left out.
 *
 * @param tenant the tenant, at most 255 bytes of UTF-8
 * @param lane the same for drafts among which order is kept
 * @param hash tells the payload from others: a number that was given out twice, by a database that
 *     was restored, names another draft
 * @param payload the draft
 */
public record EnqueuedDraft(String tenant, long lane, long hash, byte[] payload) {}
