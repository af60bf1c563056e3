package dev.restante.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * An entry of a type that this version does not know, written by a newer one. It is passed on whole
 * and holds its place, so that nobody takes it for a gap.
 *
 * @param conversation the conversation
 * @param seq the entry's number there
 * @param serverTime when it was accepted
 * @param unknownFields everything else
 */
public record UnknownEntry(
    ConversationId conversation, long seq, Instant serverTime, Payload unknownFields)
    implements LogEntry {
  /**
   * @throws InvalidValueException if the number is below 1
   */
  public UnknownEntry {
    requireNonNull(conversation, "conversation");
    Seq.check(seq);
    requireNonNull(serverTime, "serverTime");
    requireNonNull(unknownFields, "unknownFields");
  }
}
