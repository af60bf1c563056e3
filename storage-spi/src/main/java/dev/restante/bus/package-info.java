/**
 * The node bus: how nodes on one store tell each other, in passing, that there is something new.
 *
 * <p>What goes over it are <em>hints</em>. A hint may be lost, late, repeated, out of order or
 * false; nothing correct depends on any, and what the bus does not tell a poll of the store finds.
 * A way to carry hints implements {@link NodeBus} and {@link BusLink}, and moves opaque bytes
 * between them; the contract suite {@code BusContract} is in {@code restante-storage-tck}.
 */
@NullMarked
package dev.restante.bus;

import org.jspecify.annotations.NullMarked;
