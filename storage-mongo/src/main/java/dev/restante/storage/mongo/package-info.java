/**
 * A store on MongoDB, through its synchronous driver. Transactions of the database are not needed:
 * a standalone server is enough. See {@code docs/storage-mongo.md}.
 */
@NullMarked
package dev.restante.storage.mongo;

import org.jspecify.annotations.NullMarked;
