package dev.restante.storage.jdbc;

import dev.restante.storage.StoreException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What the database says when a store does not open, for the operator: which database is unknown,
 * who has which right not. Only then: later its words may hold what users wrote.
 */
final class Reason {
  private static final int MAX_CHARS = 300;

  private Reason() {}

  /** The same failure, with the first line of what the innermost {@code SQLException} says. */
  static StoreException toldBy(StoreException failure) {
    SQLException innermost = innermost(failure);
    String said = innermost == null ? null : innermost.getMessage();
    if (innermost == null || said == null || said.isBlank()) {
      return failure;
    }
    String state = innermost.getSQLState();
    String before = failure.getMessage() == null ? "" : failure.getMessage();
    boolean untold = state != null && !before.contains("SQLState");
    String text = before + (untold ? ", SQLState " + state : "") + ": " + line(said.strip());
    return new StoreException(failure.effect(), text, failure);
  }

  private static @Nullable SQLException innermost(Throwable failure) {
    SQLException found = null;
    for (Throwable each = failure; each != null; each = each.getCause()) {
      found = each instanceof SQLException e ? e : found;
    }
    return found;
  }

  private static String line(String said) {
    String first = said.lines().findFirst().orElse("");
    return first.length() <= MAX_CHARS ? first : first.substring(0, MAX_CHARS) + "…";
  }
}
