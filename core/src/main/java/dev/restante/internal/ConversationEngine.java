package dev.restante.internal;

import static dev.restante.api.MembershipChanged.Change.ADDED;
import static dev.restante.api.MembershipChanged.Change.LEFT;
import static dev.restante.api.MembershipChanged.Change.REMOVED;
import static dev.restante.api.MembershipChanged.Change.ROLE;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.GroupCreated;
import dev.restante.api.InvalidValueException;
import dev.restante.api.Member;
import dev.restante.api.MembershipChanged;
import dev.restante.api.Payload;
import dev.restante.api.Refusal;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.Role;
import dev.restante.api.TitleChanged;
import dev.restante.api.UserId;
import dev.restante.api.conversation.Conversations;
import dev.restante.storage.Store;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Groups: what may be done by whom, decided on the group as it is when its turn comes. */
final class ConversationEngine implements Conversations {
  private static final int MAX_TITLE_BYTES = 1024;
  private static final int WORK_BYTES = 1024;

  private final Committer committer;
  private final StoreAccess store;
  private final RestanteOptions options;
  private final Answers answers;

  ConversationEngine(
      Committer committer, StoreAccess store, RestanteOptions options, Resources resources) {
    this.committer = committer;
    this.store = store;
    this.options = options;
    this.answers = new Answers(resources.callbacks());
  }

  @Override
  public CompletionStage<Result<Acknowledgement>> create(
      UserId acting, ConversationId id, String title, Set<UserId> members) {
    checkTitle(title);
    Set<UserId> others = sorted(members);
    others.remove(acting);
    Set<UserId> all = new LinkedHashSet<>();
    all.add(acting);
    all.addAll(others);
    return change(id, acting, all, group -> create(group, acting, title, all));
  }

  private GroupWork.Decision create(
      @Nullable Group group, UserId acting, String title, Set<UserId> all) {
    if (group != null) {
      return group.creator().equals(acting)
          ? new GroupWork.Decision.AlreadySo()
          : refuse(Code.ALREADY_EXISTS, "the group exists, and somebody else created it");
    }
    if (all.size() > options.maxGroupMembers()) {
      return full(all.size());
    }
    List<Member> members = new ArrayList<>();
    all.forEach(
        user -> members.add(new Member(user, user.equals(acting) ? Role.OWNER : Role.MEMBER)));
    return new GroupWork.Decision.Change(
        acting,
        title,
        members,
        (id, seq, time) ->
            new GroupCreated(id, seq, time, acting, title, members, Payload.empty()));
  }

  @Override
  public CompletionStage<Result<Acknowledgement>> add(
      UserId acting, ConversationId id, Set<UserId> users) {
    Set<UserId> wanted = sorted(users);
    return change(
        id,
        acting,
        wanted,
        found ->
            asMember(
                found,
                acting,
                Role.ADMIN,
                group -> {
                  List<Member> added =
                      wanted.stream()
                          .filter(user -> group.find(user).isEmpty())
                          .map(user -> new Member(user, Role.MEMBER))
                          .toList();
                  List<Member> members = new ArrayList<>(group.members());
                  members.addAll(added);
                  return members.size() > options.maxGroupMembers()
                      ? full(members.size())
                      : changed(group, acting, ADDED, added, members);
                }));
  }

  @Override
  public CompletionStage<Result<Acknowledgement>> remove(
      UserId acting, ConversationId id, Set<UserId> users) {
    Set<UserId> wanted = sorted(users);
    boolean leaving = wanted.equals(Set.of(acting));
    return change(
        id,
        acting,
        Set.of(),
        found -> {
          if (leaving && found != null && found.find(acting).isEmpty()) {
            return new GroupWork.Decision.AlreadySo();
          }
          return asMember(
              found,
              acting,
              leaving ? Role.MEMBER : Role.ADMIN,
              group -> remove(group, acting, wanted, leaving));
        });
  }

  private GroupWork.Decision remove(
      Group group, UserId acting, Set<UserId> wanted, boolean leaving) {
    List<Member> gone =
        group.members().stream().filter(member -> wanted.contains(member.user())).toList();
    Role own = group.find(acting).orElseThrow().role();
    for (Member member : gone) {
      if (own != Role.OWNER && member.role() != Role.MEMBER && !member.user().equals(acting)) {
        return refuse(
            Code.NOT_PERMITTED, own + " may not remove " + member.role() + " " + member.user());
      }
    }
    List<Member> left = new ArrayList<>(group.members());
    left.removeAll(gone);
    return changed(group, acting, leaving ? LEFT : REMOVED, gone, withOwner(left));
  }

  /** When the last owner goes, the longest-standing member of the highest role takes his place. */
  private static List<Member> withOwner(List<Member> members) {
    if (members.isEmpty() || members.stream().anyMatch(member -> member.role() == Role.OWNER)) {
      return members;
    }
    Member heir =
        members.stream().max(Comparator.comparingInt(member -> member.role().code())).orElseThrow();
    Member first =
        members.stream().filter(member -> member.role() == heir.role()).findFirst().orElseThrow();
    return members.stream()
        .map(member -> member.equals(first) ? new Member(member.user(), Role.OWNER) : member)
        .toList();
  }

  @Override
  public CompletionStage<Result<Acknowledgement>> setRole(
      UserId acting, ConversationId id, UserId user, Role role) {
    sameTenant(id, user);
    return change(
        id,
        acting,
        Set.of(),
        found -> asMember(found, acting, Role.OWNER, group -> setRole(group, acting, user, role)));
  }

  private static GroupWork.Decision setRole(Group group, UserId acting, UserId user, Role role) {
    Optional<Group.Seat> seat = group.find(user);
    if (seat.isEmpty()) {
      return refuse(Code.NOT_A_MEMBER, user + " is not a member");
    }
    if (seat.get().role() == role) {
      return new GroupWork.Decision.AlreadySo();
    }
    List<Member> members =
        group.members().stream()
            .map(member -> member.user().equals(user) ? new Member(user, role) : member)
            .toList();
    if (members.stream().noneMatch(member -> member.role() == Role.OWNER)) {
      return refuse(Code.NOT_PERMITTED, user + " is the last owner and cannot step down");
    }
    return changed(group, acting, ROLE, List.of(new Member(user, role)), members);
  }

  @Override
  public CompletionStage<Result<Acknowledgement>> setTitle(
      UserId acting, ConversationId id, String title) {
    checkTitle(title);
    return change(
        id,
        acting,
        Set.of(),
        found ->
            asMember(
                found,
                acting,
                Role.ADMIN,
                group ->
                    group.title().equals(title)
                        ? new GroupWork.Decision.AlreadySo()
                        : new GroupWork.Decision.Change(
                            group.creator(),
                            title,
                            group.members(),
                            (where, seq, time) ->
                                new TitleChanged(
                                    where, seq, time, acting, title, Payload.empty()))));
  }

  @Override
  public CompletionStage<Result<List<Member>>> members(UserId acting, ConversationId id) {
    sameTenant(id, acting);
    if (id.isDirect()) {
      return answers.of(
          java.util.concurrent.CompletableFuture.completedFuture(
              id.pair().contains(acting)
                  ? Result.ok(
                      id.pair().stream().map(user -> new Member(user, Role.MEMBER)).toList())
                  : notMember(acting, id)));
    }
    return answers.of(store.read("members", from -> members(from, acting, id)));
  }

  private static Result<List<Member>> members(Store from, UserId acting, ConversationId id) {
    Group group = Group.of(id, from.records(List.of(Keys.group(id))).get(Keys.group(id)));
    if (group == null) {
      return Result.refused(Code.NOT_FOUND, "there is no group " + id);
    }
    return group.find(acting).isPresent() ? Result.ok(group.members()) : notMember(acting, id);
  }

  private static <T> Result<T> notMember(UserId user, ConversationId id) {
    return Result.refused(Code.NOT_A_MEMBER, user + " is not a member of " + id);
  }

  // ---- what is common --------------------------------------------------------------------------

  private CompletionStage<Result<Acknowledgement>> change(
      ConversationId id, UserId acting, Set<UserId> concerned, GroupWork.Request request) {
    if (id.isDirect()) {
      throw new InvalidValueException("not a group: " + id);
    }
    sameTenant(id, acting);
    concerned.forEach(user -> sameTenant(id, user));
    if (concerned.size() > options.maxGroupMembers()) {
      return answers.of(
          java.util.concurrent.CompletableFuture.completedFuture(full(concerned.size()).refusal()));
    }
    return committer
        .submit(
            WORK_BYTES,
            null,
            streams ->
                new GroupWork(
                    streams.log(id),
                    concerned.stream().map(streams::inbox).toList(),
                    request,
                    options.newMembersSeeHistory()))
        .minimalCompletionStage();
  }

  private interface IfMember {
    GroupWork.Decision decide(Group group);
  }

  private static GroupWork.Decision asMember(
      @Nullable Group group, UserId acting, Role atLeast, IfMember then) {
    if (group == null) {
      return refuse(Code.NOT_FOUND, "there is no such group");
    }
    Optional<Group.Seat> seat = group.find(acting);
    if (seat.isEmpty()) {
      return refuse(Code.NOT_A_MEMBER, acting + " is not a member");
    }
    if (seat.get().role().code() < atLeast.code()) {
      return refuse(
          Code.NOT_PERMITTED, acting + " is " + seat.get().role() + ", this needs " + atLeast);
    }
    return then.decide(group);
  }

  private static GroupWork.Decision changed(
      Group group,
      UserId acting,
      MembershipChanged.Change change,
      List<Member> whom,
      List<Member> members) {
    return whom.isEmpty()
        ? new GroupWork.Decision.AlreadySo()
        : new GroupWork.Decision.Change(
            group.creator(),
            group.title(),
            members,
            (id, seq, time) ->
                new MembershipChanged(id, seq, time, acting, change, whom, Payload.empty()));
  }

  private static GroupWork.Decision.Refuse refuse(Code code, String detail) {
    return new GroupWork.Decision.Refuse(new Result.Refused<>(new Refusal(code, detail)));
  }

  private GroupWork.Decision.Refuse full(int members) {
    return refuse(
        Code.LIMIT_REACHED, members + " members, the limit is " + options.maxGroupMembers());
  }

  /** In an order of their own, so that the same request writes the same bytes. */
  private static Set<UserId> sorted(Set<UserId> users) {
    return users.stream()
        .sorted(Comparator.comparing(UserId::value))
        .collect(java.util.stream.Collectors.toCollection(LinkedHashSet::new));
  }

  private static void sameTenant(ConversationId id, UserId user) {
    if (!id.tenant().equals(user.tenant())) {
      throw new InvalidValueException(
          "user is of tenant " + user.tenant() + ", the conversation of " + id.tenant());
    }
  }

  private static void checkTitle(String title) {
    int bytes = title.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_TITLE_BYTES) {
      throw new InvalidValueException(
          "the title has " + bytes + " bytes of UTF-8, the limit is " + MAX_TITLE_BYTES);
    }
  }
}
