package dev.restante.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A wish to say something. It becomes a {@link Message} when it is accepted.
 *
 * <p>The pair (sending user, conversation) and the client id name the message: to repeat a submit
 * whose outcome is not known, submit the same draft again.
 *
 * @param sender the device that sends
 * @param conversation where to
 * @param clientId the client's id of the message, 1 to {@value UserId#MAX_BYTES} bytes of UTF-8;
 *     {@link ClientIds} makes good ones
 * @param kind what it is
 * @param body its content, which Restante does not read
 * @param replyTo the sequence number of the message in the same conversation that this one answers;
 *     0 if it answers none
 * @param composedAt when the sender composed it, by his own clock, kept to the millisecond; {@code
 *     null} if not told
 */
public record Draft(
    DeviceId sender,
    ConversationId conversation,
    String clientId,
    MessageKind kind,
    Payload body,
    long replyTo,
    @Nullable Instant composedAt) {

  /**
   * @throws InvalidValueException if the client id is empty or too long, the number answered is
   *     negative, the tenants differ, or the time is beyond what milliseconds can tell
   */
  public Draft {
    requireNonNull(sender, "sender");
    requireNonNull(conversation, "conversation");
    requireNonNull(kind, "kind");
    requireNonNull(body, "body");
    Text.id("client id", clientId, UserId.MAX_BYTES);
    if (replyTo < 0) {
      throw new InvalidValueException("replyTo must not be negative, is " + replyTo);
    }
    if (!sender.user().tenant().equals(conversation.tenant())) {
      throw new InvalidValueException(
          "sender is of tenant "
              + sender.user().tenant()
              + ", the conversation of "
              + conversation.tenant());
    }
    composedAt = composedAt == null ? null : Instant.ofEpochMilli(millis(composedAt));
  }

  /**
   * Text under a new client id from {@link ClientIds#system()}, another one with each call: to be
   * repeated the draft must be kept. Servers pass on the id that the client made.
   */
  public static Draft text(DeviceId sender, ConversationId conversation, String text) {
    return text(sender, conversation, ClientIds.system().next(), text);
  }

  /** Text under the client id given. */
  public static Draft text(
      DeviceId sender, ConversationId conversation, String clientId, String text) {
    return of(sender, conversation, clientId, MessageKind.TEXT, Payload.text(text));
  }

  /** Any kind under the client id given. */
  public static Draft of(
      DeviceId sender,
      ConversationId conversation,
      String clientId,
      MessageKind kind,
      Payload body) {
    return new Draft(sender, conversation, clientId, kind, body, 0, null);
  }

  /** The same draft as an answer to a message of the same conversation, which is not looked up. */
  public Draft answering(long seq) {
    return new Draft(sender, conversation, clientId, kind, body, seq, composedAt);
  }

  /**
   * The same draft with the time at which the sender composed it. It is part of the content: a
   * repeat carries the same time, so it is set once, not with each attempt.
   */
  public Draft composedAt(Instant time) {
    return new Draft(sender, conversation, clientId, kind, body, replyTo, time);
  }

  private static long millis(Instant time) {
    try {
      return time.toEpochMilli();
    } catch (ArithmeticException e) {
      throw new InvalidValueException("composedAt is out of range: " + time);
    }
  }
}
