/**
 * Whole stories, run deterministically: several nodes, many devices and a store with faults, under
 * a virtual clock and a seed, in one thread. Begin with {@link dev.restante.simulator.Simulation}.
 */
@NullMarked
package dev.restante.simulator;

import org.jspecify.annotations.NullMarked;
