package dev.restante.storage.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import javax.sql.DataSource;

/** What a database is called in reports. */
final class Product {
  private Product() {}

  static String of(DataSource database) {
    try (Connection connection = database.getConnection()) {
      DatabaseMetaData data = connection.getMetaData();
      // MariaDB says its name once more behind its version
      return data.getDatabaseProductName()
          + " "
          + data.getDatabaseProductVersion().replaceFirst("-.*", "");
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }
}
