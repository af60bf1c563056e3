package dev.restante.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * Says that a message is durable and where it stands.
 *
 * @param conversation the conversation
 * @param seq its sequence number there
 * @param serverTime when it was accepted, to the millisecond, never before its predecessor
 * @param repeat whether it had been accepted before, and this is the first acknowledgement again
 */
public record Acknowledgement(
    ConversationId conversation, long seq, Instant serverTime, boolean repeat) {
  /**
   * @throws InvalidValueException if the number is below 1
   */
  public Acknowledgement {
    requireNonNull(conversation, "conversation");
    Seq.check(seq);
    requireNonNull(serverTime, "serverTime");
  }
}
