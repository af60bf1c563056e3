package dev.restante;

import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What a node takes from outside instead of making it: time, chance and threads. Several nodes may
 * share one. Whoever made it closes what is in it, after the nodes.
 *
 * @param clock the time of day; nodes that share a store should agree to a second or so
 * @param nanoTime a clock that never goes back, in nanoseconds from any point, as {@link
 *     System#nanoTime()}
 * @param timers runs short tasks later
 * @param storeCalls runs the blocking calls to the store and the bus
 * @param callbacks runs the host's code: stages' continuations, subscribers, listeners. It must
 *     accept every task and run each in the end; the order does not matter
 * @param random spreads retries and makes the key that seals cursors; must be unpredictable outside
 *     tests
 */
public record Resources(
    InstantSource clock,
    LongSupplier nanoTime,
    Timers timers,
    StoreCalls storeCalls,
    Executor callbacks,
    RandomGenerator random) {}
