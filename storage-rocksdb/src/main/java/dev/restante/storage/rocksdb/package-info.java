/**
 * The fast embedded store: RocksDB in a folder, used by one process, with every commit forced to
 * the disk. {@link dev.restante.storage.rocksdb.RocksStorage} is the door.
 */
@NullMarked
package dev.restante.storage.rocksdb;

import org.jspecify.annotations.NullMarked;
