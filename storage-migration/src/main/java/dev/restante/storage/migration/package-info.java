/**
 * Moves a live system from one store to another. A host hands {@link
 * dev.restante.storage.migration.Move#storage()} to the library instead of its storage, starts the
 * move, and lets each node work at it; when everything was copied and compared it switches over.
 * How and why is told in {@code docs/moving.md} and {@code
 * docs/decisions/0011-moving-between-stores.md}.
 */
@NullMarked
package dev.restante.storage.migration;

import org.jspecify.annotations.NullMarked;
