/**
 * Stores on SQL databases: SQLite as the embedded durable default, and PostgreSQL or MariaDB on the
 * host's data source.
 */
module dev.restante.storage.jdbc {
  requires transitive dev.restante.storage;
  requires transitive java.sql;
  requires com.github.benmanes.caffeine;
  requires org.jdbi.v3.core;
  requires org.slf4j;
  requires org.xerial.sqlitejdbc;
  requires static com.zaxxer.hikari;
  requires static org.checkerframework.checker.qual;
  requires static org.jspecify;
  requires static org.postgresql.jdbc;

  exports dev.restante.storage.jdbc;

  provides dev.restante.storage.StorageProvider with
      dev.restante.storage.jdbc.JdbcStorageProvider,
      dev.restante.storage.jdbc.EmbeddedStorageProvider;
}
