package dev.restante.storage.jdbc;

/**
 * Rows on their way to the database, column by column: each column is a {@code long[]}, {@code
 * short[]}, {@code byte[][]} or {@code String[]} with as many elements as there are rows.
 */
final class Columns {
  private final int count;
  private final Object[] columns;

  Columns(int count, Object... columns) {
    this.count = count;
    this.columns = columns;
  }

  int count() {
    return count;
  }

  int width() {
    return columns.length;
  }

  Object column(int index) {
    return columns[index];
  }
}
