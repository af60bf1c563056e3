package dev.restante.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * A group has another title.
 *
 * @param conversation the group
 * @param seq the entry's number there
 * @param serverTime when
 * @param actor who changed it
 * @param title the new title
 * @param unknownFields see {@link LogEntry#unknownFields()}
 */
public record TitleChanged(
    ConversationId conversation,
    long seq,
    Instant serverTime,
    UserId actor,
    String title,
    Payload unknownFields)
    implements LogEntry {
  /**
   * @throws InvalidValueException if the number is below 1
   */
  public TitleChanged {
    requireNonNull(conversation, "conversation");
    Seq.check(seq);
    requireNonNull(serverTime, "serverTime");
    requireNonNull(actor, "actor");
    requireNonNull(title, "title");
    requireNonNull(unknownFields, "unknownFields");
  }
}
