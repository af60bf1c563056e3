/**
 * The conditional-append base: a {@link dev.restante.storage.Store} on engines that change one
 * thing in one step, and no two.
 *
 * <p>Many engines have no transaction across partitions: a document of MongoDB, a slot of Redis
 * Cluster, a partition of Cassandra is as far as one step reaches. A commit touches many of them
 * and is all or nothing. {@link dev.restante.storage.cells.CellStore} makes it so from conditional
 * steps on single {@linkplain dev.restante.storage.cells.Cell cells} and one record for each
 * commit, whose change from pending to committed is the moment at which everything happens. An
 * adapter implements {@link dev.restante.storage.cells.CellEngine}; why the protocol holds is told
 * in {@code docs/decisions/0010-commits-across-cells.md}.
 */
@NullMarked
package dev.restante.storage.cells;

import org.jspecify.annotations.NullMarked;
