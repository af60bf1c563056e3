package dev.restante.storage.jdbc;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** A database that the adapter knows. */
public enum JdbcDatabase {
  /** PostgreSQL 14 or newer. */
  POSTGRESQL("postgresql", "PostgreSQL"),
  /** MariaDB 10.6 or newer. */
  MARIADB("mariadb", "MariaDB"),
  /** SQLite 3.35 or newer. */
  SQLITE("sqlite", "SQLite");

  private final String id;
  private final String productName;

  JdbcDatabase(String id, String productName) {
    this.id = id;
    this.productName = productName;
  }

  /** A short name in lower case, for logs, metrics and {@code StoreInfo}. */
  public String id() {
    return id;
  }

  /** The name that the JDBC driver reports as the database's product name. */
  public String productName() {
    return productName;
  }

  static Optional<JdbcDatabase> of(String productName) {
    return Arrays.stream(values()).filter(known -> known.productName.equals(productName)).findAny();
  }

  static String known() {
    return Arrays.stream(values()).map(JdbcDatabase::productName).collect(Collectors.joining(", "));
  }
}
