package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.storage.jdbc.JdbcStorage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;

/** The library's own definitions of its tables, under another prefix. */
final class Definitions {
  private Definitions() {}

  static String of(String database, String prefix) throws IOException {
    StringBuilder sql = new StringBuilder();
    for (int version = 1; ; version++) {
      String name = String.format(Locale.ROOT, "%s/%04d.sql", database, version);
      try (InputStream resource = JdbcStorage.class.getResourceAsStream(name)) {
        if (resource == null) {
          break;
        }
        sql.append(new String(resource.readAllBytes(), UTF_8));
      }
    }
    if (sql.length() == 0) {
      throw new IllegalStateException("no table definitions for " + database);
    }
    return sql.toString().replace("${prefix}", prefix);
  }
}
