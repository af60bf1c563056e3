/**
 * Stores on SQL databases. {@link dev.restante.storage.jdbc.EmbeddedStorage} is a file of one
 * process and needs no server; {@link dev.restante.storage.jdbc.JdbcStorage} uses a data source of
 * the host. What differs between databases is behind one seam, the dialect.
 */
@NullMarked
package dev.restante.storage.jdbc;

import org.jspecify.annotations.NullMarked;
