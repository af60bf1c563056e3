package dev.restante.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/**
 * A group came to be; always the first entry of its log.
 *
 * @param conversation the group
 * @param seq 1
 * @param serverTime when
 * @param actor who created it
 * @param title its title
 * @param members its first members, the actor among them
 * @param unknownFields see {@link LogEntry#unknownFields()}
 */
public record GroupCreated(
    ConversationId conversation,
    long seq,
    Instant serverTime,
    UserId actor,
    String title,
    List<Member> members,
    Payload unknownFields)
    implements LogEntry {
  /**
   * @throws InvalidValueException if the number is below 1
   */
  public GroupCreated {
    requireNonNull(conversation, "conversation");
    Seq.check(seq);
    requireNonNull(serverTime, "serverTime");
    requireNonNull(actor, "actor");
    requireNonNull(title, "title");
    requireNonNull(unknownFields, "unknownFields");
    members = List.copyOf(members);
  }
}
