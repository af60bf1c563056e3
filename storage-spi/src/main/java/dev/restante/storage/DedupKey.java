package dev.restante.storage;

/**
 * Names a submit: within a tenant, (sending user, conversation, client message id) names one
 * message.
 *
 * @param log the conversation's log, which carries the tenant
 * @param sender the sending user, at most 255 bytes of UTF-8
 * @param clientId the client message id, at most 255 bytes of UTF-8; adapters that index this key
 *     do well to lead with it, since time-ordered ids keep the index's inserts together
 */
public record DedupKey(StreamKey log, String sender, String clientId) {}
