package dev.restante.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/**
 * Members came, went, or got another role.
 *
 * @param conversation the group
 * @param seq the entry's number there
 * @param serverTime when
 * @param actor who did it
 * @param change what was done
 * @param members to whom, with their role afterwards (or last role, for those who went)
 * @param unknownFields see {@link LogEntry#unknownFields()}
 */
public record MembershipChanged(
    ConversationId conversation,
    long seq,
    Instant serverTime,
    UserId actor,
    Change change,
    List<Member> members,
    Payload unknownFields)
    implements LogEntry {
  /** What was done. */
  public enum Change {
    /** The members were added. */
    ADDED(1),
    /** The members were removed by somebody else. */
    REMOVED(2),
    /** The members left by themselves. */
    LEFT(3),
    /** The members have another role. */
    ROLE(4);

    private final int code;

    Change(int code) {
      this.code = code;
    }

    /** The number that is persisted; it never changes. */
    public int code() {
      return code;
    }
  }

  /**
   * @throws InvalidValueException if the number is below 1
   */
  public MembershipChanged {
    requireNonNull(conversation, "conversation");
    Seq.check(seq);
    requireNonNull(serverTime, "serverTime");
    requireNonNull(actor, "actor");
    requireNonNull(change, "change");
    requireNonNull(unknownFields, "unknownFields");
    members = List.copyOf(members);
  }
}
