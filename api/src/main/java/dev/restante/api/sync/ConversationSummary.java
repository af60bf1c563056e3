package dev.restante.api.sync;

import static java.util.Objects.requireNonNull;

import dev.restante.api.ConversationId;
import dev.restante.api.Gap;
import dev.restante.api.InvalidValueException;
import dev.restante.api.LogEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where one conversation stands for one user.
 *
 * @param conversation the conversation
 * @param title a group's title; empty for a direct conversation
 * @param member whether the user is a member now; of a group that he left he sees the past
 * @param headSeq the number of its newest entry that the user may see; 0 if there is none
 * @param latest its newest entries that the user may see, oldest first, as many as the policy asks
 * @param gap the numbers before {@code latest} that the user may see and this delivery does not
 *     bring: a device that lacks some of them finds them in the history; {@code null} if none
 */
public record ConversationSummary(
    ConversationId conversation,
    String title,
    boolean member,
    long headSeq,
    List<LogEntry> latest,
    @Nullable Gap gap) {
  /**
   * @throws InvalidValueException if the head is negative
   */
  public ConversationSummary {
    requireNonNull(conversation, "conversation");
    requireNonNull(title, "title");
    if (headSeq < 0) {
      throw new InvalidValueException("headSeq must not be negative, is " + headSeq);
    }
    latest = List.copyOf(latest);
  }
}
