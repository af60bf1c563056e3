package dev.restante.internal;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.LogEntry;
import dev.restante.api.Member;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.wire.WireCodec;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordWrite;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A change of a group to be written: log row, group record, a reference for all concerned. */
final class GroupWork extends Work<Acknowledgement> {
  /** What is asked for, decided on the group as it is. */
  interface Request {
    Decision decide(@Nullable Group group);
  }

  /** What comes of it. */
  sealed interface Decision {
    /** It is refused. */
    record Refuse(Result.Refused<Acknowledgement> refusal) implements Decision {}

    /** It is so already. */
    record AlreadySo() implements Decision {}

    /** The group gets another title or other members, and the log says so. */
    record Change(UserId creator, String title, List<Member> members, Entry entry)
        implements Decision {}
  }

  /** Makes the log's entry; called with number 0 and time 0, which the log itself knows. */
  interface Entry {
    LogEntry of(ConversationId conversation, long seq, Instant time);
  }

  private final LogState log;
  private final Request request;
  private final boolean newMembersSeeHistory;

  /**
   * @param concerned users who may become members
   */
  GroupWork(
      LogState log, List<InboxState> concerned, Request request, boolean newMembersSeeHistory) {
    super(log, concerned, 1024);
    this.log = log;
    this.request = request;
    this.newMembersSeeHistory = newMembersSeeHistory;
  }

  @Override
  boolean writesToExtras() {
    return true;
  }

  /** The log row, the group, and what each may see who comes or goes; never both at once. */
  @Override
  int ownRows() {
    return 2 + Math.max(extras.size(), log.members.length);
  }

  @Override
  boolean endsBatch() {
    return true;
  }

  @Override
  @Nullable Result<Acknowledgement> plan(Plan plan, Batch.Home where, Batch.Taken taken) {
    Group group = where.group;
    Decision decision = request.decide(group);
    if (decision instanceof Decision.Change change) {
      return write(plan, where, taken, group, change);
    }
    if (where.loadedAt <= tick) {
      return null;
    }
    if (decision instanceof Decision.Refuse refuse) {
      return refuse.refusal;
    }
    long seq = group == null ? 0 : group.version();
    // When an earlier change was made is not worth a read of the log: now is not before it.
    return Result.ok(
        new Acknowledgement(log.conversation, seq, Instant.ofEpochMilli(plan.nowMillis), true));
  }

  private Result<Acknowledgement> write(
      Plan plan,
      Batch.Home where,
      Batch.Taken taken,
      @Nullable Group group,
      Decision.Change change) {
    // The log keeps number and time beside the payload, not in it.
    byte[] payload =
        WireCodec.encodeForLog(
            change.entry.of(log.conversation, plan.next(where.slot), Instant.EPOCH));
    LogRow row = plan.log(where, false, WireCodec.FORMAT, payload);
    long before = group == null ? 0 : group.version();
    Group next = new Group(row.seq(), change.creator, change.title, seats(group, change, row));
    plan.record(
        RecordWrite.replace(Keys.group(log.conversation), before, row.seq(), next.encode()));
    tell(plan, where, taken, row);
    see(plan, group, next, row.seq());
    return Result.ok(
        new Acknowledgement(
            log.conversation, row.seq(), Instant.ofEpochMilli(row.timeMillis()), false));
  }

  /** Those who were members and those who become members; who goes learns that he went. */
  private void tell(Plan plan, Batch.Home where, Batch.Taken taken, LogRow row) {
    Set<Integer> told = new HashSet<>();
    for (int slot : where.memberSlots) {
      if (told.add(slot)) {
        plan.refer(slot, log.key, row);
      }
    }
    for (int slot : taken.slots()) {
      if (told.add(slot)) {
        plan.refer(slot, log.key, row);
      }
    }
  }

  /** Who was a member sees what he saw; who comes sees what the policy lets him see. */
  private List<Group.Seat> seats(@Nullable Group before, Decision.Change change, LogRow row) {
    return change.members.stream()
        .map(
            member ->
                new Group.Seat(
                    member.user(),
                    member.role(),
                    seat(before, member.user())
                        .map(Group.Seat::fromSeq)
                        .orElse(newMembersSeeHistory ? 1 : row.seq())))
        .toList();
  }

  private static Optional<Group.Seat> seat(@Nullable Group group, UserId user) {
    return group == null ? Optional.empty() : group.find(user);
  }

  /** Writes what each may see from now on, for those for whom it changes. */
  private void see(Plan plan, @Nullable Group before, Group after, long seq) {
    for (Group.Seat seat : after.seats()) {
      if (seat(before, seat.user()).isEmpty()) {
        plan.record(talk(seat.user(), seq, Talk.since(seat.fromSeq())));
      }
    }
    if (before != null) {
      for (Group.Seat seat : before.seats()) {
        if (after.find(seat.user()).isEmpty()) {
          plan.record(talk(seat.user(), seq, new Talk(seat.fromSeq(), seq, before.title())));
        }
      }
    }
  }

  private RecordWrite talk(UserId user, long seq, Talk talk) {
    return RecordWrite.set(Keys.talk(user, log.conversation), seq, talk.encode());
  }
}
