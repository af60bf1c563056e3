/**
 * The base for ordered maps: a {@link dev.restante.storage.Store} on engines that write a batch in
 * one step and read at a snapshot, used by one process.
 *
 * <p>RocksDB, LMDB, Berkeley DB and their like keep bytes in the order of keys, and know nothing of
 * streams. {@link dev.restante.storage.ordered.OrderedStore} lays a store out in nine such maps,
 * the {@linkplain dev.restante.storage.ordered.Table tables}, and keeps all the rules; an adapter
 * implements {@link dev.restante.storage.ordered.OrderedEngine}. Which base is for which engine is
 * told in {@code docs/spi/storage.md}.
 */
@NullMarked
package dev.restante.storage.ordered;

import org.jspecify.annotations.NullMarked;
