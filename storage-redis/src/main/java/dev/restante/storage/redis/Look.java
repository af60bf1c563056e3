package dev.restante.storage.redis;

import dev.restante.storage.StreamKey;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Met;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a script of {@link Script#ofCell()} returned. */
final class Look {
  private final @Nullable String taken;
  private final @Nullable Object value;

  private Look(@Nullable String taken, @Nullable Object value) {
    this.taken = taken;
    this.value = value;
  }

  static Look of(Object answer) {
    List<?> parts = (List<?>) answer;
    byte[] transaction = (byte[]) parts.get(0);
    return new Look(
        transaction == null ? null : new String(transaction, StandardCharsets.US_ASCII),
        parts.get(1));
  }

  /** Whether an intent is in the cell. */
  boolean isTaken() {
    return taken != null;
  }

  /** Notes the intent that is in the cell. */
  void meet(StreamKey cell, Collection<Met> met) {
    String transaction = taken;
    if (transaction != null) {
      met.add(new Met(Cell.of(cell), transaction, false));
    }
  }

  /** What the script itself returned. */
  Object value() {
    return Objects.requireNonNull(value, "what a script returned");
  }

  Answer answer() {
    return new Answer(value());
  }
}
