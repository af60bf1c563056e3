package dev.restante.storage;

/**
 * A draft that a committed transaction left.
 *
 * @param id its number, in the order of enqueueing, which is not that of committing
 * @param draft what was enqueued
 */
public record EnqueuedRow(long id, EnqueuedDraft draft) {}
