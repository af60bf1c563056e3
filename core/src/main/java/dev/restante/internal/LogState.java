package dev.restante.internal;

import dev.restante.api.ConversationId;
import dev.restante.api.UserId;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of a conversation. Head and members are loaded and forgotten as one: the
 * head is read first, so members newer than the head make the next commit a conflict, and members
 * older than the head cannot be. Guarded by the committer's lock.
 */
final class LogState extends Stream {
  private static final InboxState[] NOBODY = {};
  private static final UserId[] NO_USERS = {};

  final ConversationId conversation;

  /** The group; {@code null} for a direct conversation and for a group that does not exist. */
  @Nullable Group group;

  /** The members' inboxes, in the order of the group's members or of the pair; pinned. */
  InboxState[] members = NOBODY;

  /** The members, in the same order; the array is replaced, never changed. */
  UserId[] users = NO_USERS;

  LogState(ConversationId conversation) {
    super(Keys.log(conversation));
    this.conversation = conversation;
  }

  @Override
  void unload() {
    super.unload();
    group = null;
    for (InboxState member : members) {
      member.pins--;
    }
    members = NOBODY;
    users = NO_USERS;
  }

  /** Sets the members' inboxes, which the caller has pinned. */
  void setMembers(InboxState[] inboxes) {
    members = inboxes;
    users = new UserId[inboxes.length];
    for (int i = 0; i < inboxes.length; i++) {
      users[i] = inboxes[i].user;
    }
  }
}
