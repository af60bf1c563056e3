package dev.restante.api.message;

import static java.util.Objects.requireNonNull;

import dev.restante.api.Draft;
import dev.restante.api.Refusal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A draft that was enqueued and can never be accepted as things stand.
 *
 * @param id its number among the dead letters, for {@link Relay#retry} and {@link Relay#discard}
 * @param draft what was enqueued; {@code null} if it cannot be read
 * @param why the refusal, one whose advice is {@link Refusal.Retry#NEVER}
 * @param refusedAt when it was refused, by the clock of the node that did
 */
public record DeadLetter(long id, @Nullable Draft draft, Refusal why, Instant refusedAt) {
  public DeadLetter {
    requireNonNull(why, "why");
    requireNonNull(refusedAt, "refusedAt");
  }
}
