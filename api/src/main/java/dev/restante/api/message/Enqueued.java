package dev.restante.api.message;

import static java.util.Objects.requireNonNull;

import dev.restante.api.ConversationId;
import dev.restante.api.UserId;

/**
 * Says that a draft is part of a transaction of the host. It is no acknowledgement: the message has
 * no number yet, and never gets one if the transaction is rolled back. The three together name the
 * message, as for every submit.
 *
 * @param sender who sends
 * @param conversation where to
 * @param clientId the client's id of the message
 */
public record Enqueued(UserId sender, ConversationId conversation, String clientId) {
  public Enqueued {
    requireNonNull(sender, "sender");
    requireNonNull(conversation, "conversation");
    requireNonNull(clientId, "clientId");
  }
}
