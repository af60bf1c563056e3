package dev.restante.storage;

/**
 * Makes a commit depend on a record that it does not change: the commit is a conflict unless the
 * record has this version. See {@link Commit#exclusive()} for what makes that safe.
 *
 * <p>Callers change or remove a record that {@link Store#commit} may be guarded on by exclusive
 * commits only, so a store may remember that a guard held until the next exclusive commit. The
 * guards of a {@link LockedPlan} may be on any record.
 *
 * @param key the record
 * @param version the version it must have; 0 stands for an absent record
 */
public record Guard(RecordKey key, long version) {}
