package dev.restante.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An accepted message.
 *
 * @param conversation the conversation
 * @param seq its number there
 * @param serverTime when it was accepted
 * @param sender the device that sent it
 * @param clientId the sender's id of it
 * @param kind what it is
 * @param body its content
 * @param replyTo the number of the message that it answers; 0 if none
 * @param composedAt when the sender says he composed it; {@code null} if not told
 * @param unknownFields see {@link LogEntry#unknownFields()}
 */
public record Message(
    ConversationId conversation,
    long seq,
    Instant serverTime,
    DeviceId sender,
    String clientId,
    MessageKind kind,
    Payload body,
    long replyTo,
    @Nullable Instant composedAt,
    Payload unknownFields)
    implements LogEntry {
  /**
   * @throws InvalidValueException if the number is below 1, or the number answered negative
   */
  public Message {
    requireNonNull(conversation, "conversation");
    Seq.check(seq);
    requireNonNull(serverTime, "serverTime");
    requireNonNull(sender, "sender");
    requireNonNull(clientId, "clientId");
    requireNonNull(kind, "kind");
    requireNonNull(body, "body");
    requireNonNull(unknownFields, "unknownFields");
    if (replyTo < 0) {
      throw new InvalidValueException("replyTo must not be negative, is " + replyTo);
    }
  }
}
