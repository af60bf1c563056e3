/**
 * A store and a node bus on MongoDB, through its synchronous driver. Transactions of the database
 * are not needed: a standalone server is enough for the store; the bus needs a replica set. See
 * {@code docs/storage-mongo.md}.
 */
@NullMarked
package dev.restante.storage.mongo;

import org.jspecify.annotations.NullMarked;
