package dev.restante.storage;

/**
 * A draft that can never be submitted.
 *
 * @param id of a row that is to be moved, its number in the source; of a dead letter, its own
 * @param draft what was enqueued
 * @param code why, for programs
 * @param detail why, for people
 * @param timeMillis when that was found, in milliseconds since 1970
 */
public record DeadRow(long id, EnqueuedDraft draft, String code, String detail, long timeMillis) {}
