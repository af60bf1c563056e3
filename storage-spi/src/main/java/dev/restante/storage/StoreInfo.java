package dev.restante.storage;

/**
 * What a store declares about itself. The core refuses a configuration that needs more.
 *
 * @param name a short name for logs and metrics, such as {@code postgresql}
 * @param durability what a successful commit promises
 * @param shared whether several nodes may use the store at once
 * @param locking whether {@link Store#commitLocked} works
 * @param moving which way data can be moved while the store is in use
 * @param maxPayloadBytes the largest payload of a row or record
 * @param maxCommitRows the most rows (log, inbox, dedup and record together) that one commit holds
 */
public record StoreInfo(
    String name,
    Durability durability,
    boolean shared,
    boolean locking,
    Moving moving,
    int maxPayloadBytes,
    int maxCommitRows) {}
