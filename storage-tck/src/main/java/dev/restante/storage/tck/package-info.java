/**
 * The contract suite for stores. Extend {@link dev.restante.storage.tck.StoreContract} and hand it
 * a {@link dev.restante.storage.tck.StoreHarness}; every rule of {@code docs/spi/storage.md} then
 * runs as one test that bears the rule's number. The suite depends on the SPI alone, never sleeps,
 * and hands in the clock.
 */
@NullMarked
package dev.restante.storage.tck;

import org.jspecify.annotations.NullMarked;
