package dev.restante.storage;

/**
 * A relay's claim to be the one that works now. It saves work and decides nothing: relays that work
 * at the same time submit the same drafts, and each draft is accepted once.
 *
 * @param owner the relay, a number that no other has
 * @param nowMillis the relay's clock: a claim that ends by now is free
 * @param untilMillis when this claim ends
 * @param latestMillis a claim that ends later than this was made by a clock that is wrong, and is
 *     free
 */
public record RelayTurn(long owner, long nowMillis, long untilMillis, long latestMillis) {}
