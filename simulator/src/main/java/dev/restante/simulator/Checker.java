package dev.restante.simulator;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.Member;
import dev.restante.api.Message;
import dev.restante.api.UserId;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Compares what everybody was told, and what every device has, with the logs as they are. */
final class Checker {
  private static final Duration LARGEST_SKEW = Duration.ofSeconds(1);

  private final Story story;
  private final Truth truth;

  Checker(Story story, Truth truth) {
    this.story = story;
    this.truth = truth;
  }

  void check() {
    truth.logs().values().forEach(this::checkLog);
    if (!story.lost() && story.lossesTold() > 0) {
      story.violated(
          Invariant.LOSS_TOLD, story.lossesTold() + " losses were told, and nothing was lost");
    }
    checkSubmissions();
    checkSenderOrder();
    for (SimDevice device : story.devices(device -> !device.barred())) {
      checkDevice(device);
    }
  }

  // ---- logs

  private void checkLog(Truth.Log log) {
    Shadow shadow =
        story.ledger().stream(StreamKey.log(log.conversation.tenant(), log.conversation.key()));
    long expected = 1;
    Instant time = Instant.MIN;
    long ordinal = 0;
    for (LogEntry entry : log.entries.values()) {
      if (entry.seq() != expected) {
        story.violated(
            Invariant.LOG_DENSE,
            Texts.of(log.conversation) + " lacks " + expected + ", then comes " + entry.seq());
      }
      expected = entry.seq() + 1;
      if (entry.serverTime().isBefore(time)) {
        story.violated(
            Invariant.SERVER_TIME,
            Texts.of(entry) + " is of " + entry.serverTime() + ", its predecessor of " + time);
      }
      time = entry.serverTime();
      if (time.isAfter(story.world().instant().plus(LARGEST_SKEW))) {
        story.violated(Invariant.SERVER_TIME, Texts.of(entry) + " is of the future: " + time);
      }
      ordinal += counts(entry) ? 1 : 0;
      LogRow row = shadow.logRow(entry.seq());
      if (row != null && row.ordinal() != ordinal) {
        story.violated(
            Invariant.ORDINALS,
            Texts.of(entry) + " is countable entry " + ordinal + ", stored as " + row.ordinal());
      }
    }
    if (expected - 1 != shadow.head()) {
      story.violated(
          Invariant.LOG_DENSE,
          Texts.of(log.conversation)
              + " was written up to "
              + shadow.head()
              + ", the history ends at "
              + (expected - 1));
    }
    checkMembers(log);
    checkReadable(log);
  }

  private boolean counts(LogEntry entry) {
    return entry instanceof Message message
        && !story.options().uncountedKinds().contains(message.kind());
  }

  private void checkMembers(Truth.Log log) {
    List<Member> told = truth.members().get(log.conversation);
    if (told == null) {
      return;
    }
    Set<UserId> named = new HashSet<>(told.stream().map(Member::user).toList());
    Set<UserId> derived = new HashSet<>();
    for (UserId user : log.memberships.keySet()) {
      if (log.isMember(user)) {
        derived.add(user);
      }
    }
    if (!named.equals(derived)) {
      story.violated(
          Invariant.CONVERGENCE,
          Texts.of(log.conversation)
              + " has by its log the members "
              + derived.stream().map(Texts::of).toList()
              + ", but is said to have "
              + named.stream().map(Texts::of).toList());
    }
  }

  // ---- submissions

  private void checkSubmissions() {
    Map<Story.SubmissionKey, List<Message>> stored = new LinkedHashMap<>();
    for (Truth.Log log : truth.logs().values()) {
      for (LogEntry entry : log.entries.values()) {
        if (entry instanceof Message message) {
          stored
              .computeIfAbsent(
                  new Story.SubmissionKey(
                      message.sender().user(), log.conversation, message.clientId()),
                  any -> new ArrayList<>())
              .add(message);
        }
      }
    }
    for (Submission submission : story.submissions()) {
      List<Message> found = stored.remove(Story.SubmissionKey.of(submission.draft()));
      check(submission, found == null ? List.of() : found);
    }
    stored
        .values()
        .forEach(
            strangers ->
                story.violated(
                    Invariant.SAME_CONTENT,
                    "nobody submitted " + strangers.stream().map(Texts::of).toList()));
  }

  private void check(Submission submission, List<Message> found) {
    Acknowledgement ack = submission.acknowledgement();
    Draft draft = submission.draft();
    if (ack != null && found.stream().noneMatch(message -> message.seq() == ack.seq())) {
      LogEntry instead = entry(ack.conversation(), ack.seq());
      story.violated(
          Invariant.ACKNOWLEDGED_IS_STORED,
          submission
              + " was acknowledged as "
              + ack.seq()
              + ", where there is "
              + (instead == null ? "nothing" : Texts.of(instead))
              + "; it is at "
              + found.stream().map(Message::seq).toList());
    }
    for (Message message : found) {
      boolean same =
          message.body().equals(draft.body())
              && message.kind().equals(draft.kind())
              && message.replyTo() == draft.replyTo()
              && java.util.Objects.equals(message.composedAt(), draft.composedAt())
              && message.sender().equals(draft.sender());
      if (!same) {
        story.violated(Invariant.SAME_CONTENT, submission + " was stored as " + Texts.of(message));
      }
      if (ack != null
          && message.seq() == ack.seq()
          && !message.serverTime().equals(ack.serverTime())) {
        story.violated(
            Invariant.SAME_CONTENT,
            submission + " was acknowledged as " + ack + ", stored at " + message.serverTime());
      }
    }
    for (int i = 1; i < found.size(); i++) {
      Instant first = found.get(i - 1).serverTime();
      if (found
          .get(i)
          .serverTime()
          .isBefore(first.plus(story.options().dedupWindow()).minusSeconds(5))) {
        story.violated(
            Invariant.SUBMITTED_ONCE,
            submission + " is stored at " + found.stream().map(Message::seq).toList());
      }
    }
    if (ack == null && !found.isEmpty() && !submission.uncertain()) {
      story.violated(
          Invariant.REFUSAL_HONEST,
          submission + " was refused each time, but is stored: " + Texts.of(found.get(0)));
    }
  }

  private @org.jspecify.annotations.Nullable LogEntry entry(ConversationId conversation, long seq) {
    Truth.Log log = truth.logs().get(conversation);
    return log == null ? null : log.entries.get(seq);
  }

  private record Lane(DeviceId device, ConversationId conversation) {}

  private void checkSenderOrder() {
    Map<Lane, Submission> last = new HashMap<>();
    for (Submission submission : story.submissions()) {
      Acknowledgement ack = submission.acknowledgement();
      // What the store lost is repeated after what was accepted since; what was given up does not
      // hold up what is sent on a later connection.
      if (ack == null
          || !submission.ordered()
          || submission.refusedForGood()
          || submission.wasLost()
          || submission.acceptedTooLate()) {
        continue;
      }
      Submission before =
          last.put(
              new Lane(submission.draft().sender(), submission.draft().conversation()), submission);
      Acknowledgement ackBefore = before == null ? null : before.acknowledgement();
      if (ackBefore != null && ackBefore.seq() > ack.seq()) {
        story.violated(
            Invariant.SENDER_ORDER,
            before
                + " was submitted before "
                + submission
                + ", but they are "
                + ackBefore.seq()
                + " and "
                + ack.seq());
      }
    }
  }

  // ---- devices

  private void checkDevice(SimDevice device) {
    UserId user = device.id().user();
    for (Truth.Log log : truth.logs().values()) {
      Replica.Conversation has = device.replica().conversation(log.conversation);
      List<Truth.Span> spans = log.memberships.getOrDefault(user, List.of());
      for (Truth.Span span : spans) {
        boolean last = span.equals(spans.get(spans.size() - 1));
        checkHas(device, log, has, span, last);
      }
      checkHasNoMore(device, log, has);
      if (!log.conversation.isDirect()
          && spans.stream().anyMatch(span -> span.has(log.titleSeq))
          && !(mayLack(spans, has, log.titleSeq) && !has.copies.containsKey(log.titleSeq))
          && !has.title().equals(log.title)) {
        story.violated(
            Invariant.CONVERGENCE,
            "%s believes that %s has the title '%s', it is '%s'"
                .formatted(device, Texts.of(log.conversation), has.title(), log.title));
      }
    }
  }

  private void checkHas(
      SimDevice device, Truth.Log log, Replica.Conversation has, Truth.Span span, boolean last) {
    List<Long> missing = new ArrayList<>();
    for (LogEntry entry : log.entries.subMap(span.from(), true, span.to(), true).values()) {
      Replica.Copy copy = has.copies.get(entry.seq());
      if (copy != null && !copy.is(entry) && !lostUnnoticed(copy)) {
        story.violated(
            Invariant.SAME_CONTENT,
            device + " has " + copy.describe() + ", but it is " + Texts.of(entry));
      }
      boolean mayLack = !last && mayLack(has, entry.seq());
      if (copy == null && !mayLack && !gaveUp(device, entry)) {
        missing.add(entry.seq());
      }
    }
    if (!missing.isEmpty()) {
      LogEntry first = log.entries.get(missing.get(0));
      story.violated(
          Invariant.DELIVERED_TO_ALL,
          device
              + " never got "
              + missing
              + " of "
              + Texts.of(log.conversation)
              + ", which has "
              + log.entries.size()
              + " entries; the first is "
              + (first == null ? "?" : Texts.of(first)));
    }
  }

  /**
   * Whether a number of an earlier span may be missing: a gap took its place, and who came back
   * later may not read what was before.
   */
  private boolean mayLack(Replica.Conversation has, long seq) {
    return !story.options().newMembersSeeHistory() && has.covers(seq);
  }

  private boolean mayLack(List<Truth.Span> spans, Replica.Conversation has, long seq) {
    return !spans.get(spans.size() - 1).has(seq) && mayLack(has, seq);
  }

  /** Nobody was brought what the store lost but its sender, who cannot know. */
  private boolean lostUnnoticed(Replica.Copy copy) {
    return copy.source == Replica.Source.OWN && story.lost() && story.lossesTold() == 0;
  }

  /** A device's own message that it was told is refused, while an earlier attempt was open. */
  private boolean gaveUp(SimDevice device, LogEntry entry) {
    return entry instanceof Message message
        && message.sender().equals(device.id())
        && story.submissions().stream()
            .anyMatch(
                submission ->
                    submission.abandoned()
                        && submission.draft().clientId().equals(message.clientId()));
  }

  /** Whether a user may see an entry, now or because he saw it once. */
  private boolean maySee(UserId user, Truth.Log log, long seq) {
    if (story.options().newMembersSeeHistory()) {
      return seq <= log.lastSpan(user).map(Truth.Span::to).orElse(0L);
    }
    return log.memberships.getOrDefault(user, List.of()).stream().anyMatch(span -> span.has(seq));
  }

  /** The history has for each user what he may see, at least since he last came, and no more. */
  private void checkReadable(Truth.Log log) {
    for (UserId user : log.memberships.keySet()) {
      Truth.Span span = log.lastSpan(user).orElseThrow();
      Set<Long> lacking =
          new TreeSet<>(log.entries.subMap(span.from(), true, span.to(), true).keySet());
      lacking.removeAll(log.readable.getOrDefault(user, Set.of()));
      if (!lacking.isEmpty()) {
        story.violated(
            Invariant.DELIVERED_TO_ALL,
            Texts.of(user) + " cannot read " + lacking + " of " + Texts.of(log.conversation));
      }
    }
    log.readable.forEach(
        (user, numbers) -> {
          for (long seq : numbers) {
            if (!maySee(user, log, seq)) {
              story.violated(
                  Invariant.MEMBERS_ONLY,
                  "%s can read entry %d of %s and was a member in %s"
                      .formatted(
                          Texts.of(user),
                          seq,
                          Texts.of(log.conversation),
                          log.memberships.getOrDefault(user, List.of())));
              return;
            }
          }
        });
  }

  private void checkHasNoMore(SimDevice device, Truth.Log log, Replica.Conversation has) {
    UserId user = device.id().user();
    for (long seq : has.copies.keySet()) {
      if (!maySee(user, log, seq)) {
        story.violated(
            Invariant.MEMBERS_ONLY,
            "%s has entry %d of %s, where its user was a member in %s"
                .formatted(
                    device,
                    seq,
                    Texts.of(log.conversation),
                    log.memberships.getOrDefault(user, List.of())));
      }
      if (!log.entries.containsKey(seq)) {
        story.violated(
            Invariant.SAME_CONTENT,
            device + " has entry " + seq + " of " + Texts.of(log.conversation) + ", which is none");
      }
    }
  }
}
