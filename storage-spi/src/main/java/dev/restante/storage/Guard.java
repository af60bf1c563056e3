package dev.restante.storage;

/**
 * Makes a commit depend on a record that it does not change: the commit is a conflict unless the
 * record has this version. See {@link Commit#exclusive()} for what makes that safe.
 *
 * @param key the record
 * @param version the version it must have; 0 stands for an absent record
 */
public record Guard(RecordKey key, long version) {}
