/**
 * The reference store: everything in the memory of one process, gone when the process ends. For
 * tests, for benchmarks of what lies above a store, and as the plainest reading of the SPI's rules.
 */
@NullMarked
package dev.restante.storage.memory;

import org.jspecify.annotations.NullMarked;
