package dev.restante.api.conversation;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Member;
import dev.restante.api.Result;
import dev.restante.api.Role;
import dev.restante.api.UserId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Groups and their members. Direct conversations need no setting up: their id is enough.
 *
 * <p>Every change is an entry of the group's log and reaches all devices of all members, those who
 * go included. A change that is so already is acknowledged without a new entry, so every request
 * here may be repeated. The threads are as for {@link dev.restante.api.message.Messages}.
 */
public interface Conversations {
  /**
   * Creates a group with the acting user as its owner.
   *
   * @param acting who creates it
   * @param group its id, which the host chooses; a random one is safest
   * @param title its title, at most 1,024 bytes of UTF-8
   * @param members who else is in it from the beginning
   * @return refusals: {@code ALREADY_EXISTS} unless the same user created it before, {@code
   *     LIMIT_REACHED}, and those of an unreachable store
   */
  CompletionStage<Result<Acknowledgement>> create(
      UserId acting, ConversationId group, String title, Set<UserId> members);

  /**
   * Adds users to a group. An owner or administrator may. Those who are members already stay as
   * they are.
   *
   * @return refusals: {@code NOT_FOUND}, {@code NOT_A_MEMBER}, {@code NOT_PERMITTED}, {@code
   *     LIMIT_REACHED}, and those of an unreachable store
   */
  CompletionStage<Result<Acknowledgement>> add(
      UserId acting, ConversationId group, Set<UserId> users);

  /**
   * Removes users from a group. An owner may remove anybody, an administrator plain members,
   * everybody himself, which is leaving. When the last owner goes, the longest-standing member of
   * the highest role becomes owner.
   *
   * @return refusals: {@code NOT_FOUND}, {@code NOT_A_MEMBER}, {@code NOT_PERMITTED}, and those of
   *     an unreachable store
   */
  CompletionStage<Result<Acknowledgement>> remove(
      UserId acting, ConversationId group, Set<UserId> users);

  /**
   * Gives a member another role. Only an owner may, and the last owner cannot step down.
   *
   * @return refusals: as for {@link #add}
   */
  CompletionStage<Result<Acknowledgement>> setRole(
      UserId acting, ConversationId group, UserId member, Role role);

  /**
   * Gives a group another title, at most 1,024 bytes of UTF-8. An owner or administrator may.
   *
   * @return refusals: as for {@link #add}
   */
  CompletionStage<Result<Acknowledgement>> setTitle(
      UserId acting, ConversationId group, String title);

  /**
   * Who is in a conversation, longest-standing first.
   *
   * @return refusals: {@code NOT_FOUND}, {@code NOT_A_MEMBER}, {@code OVERLOADED}, and those of an
   *     unreachable store
   */
  CompletionStage<Result<List<Member>>> members(UserId acting, ConversationId conversation);
}
