package dev.restante.simulator;

import static java.util.Objects.requireNonNull;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.Gap;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.Refusal;
import dev.restante.api.Result;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.InboxRow;
import dev.restante.storage.StreamKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A device as a good client would be: it keeps what it applied, its cursor and its outbox across
 * every loss of connection, repeats what was refused for a passing reason, in order and under the
 * same id, and fetches from the history what a snapshot left out.
 */
final class SimDevice {
  /** How it treats what it gets. */
  enum Manner {
    /** Acknowledges at once. */
    PROMPT,
    /** Acknowledges after a while. */
    LATE,
    /** Acknowledges nothing until it is told to. */
    MUTE
  }

  /** What is in the body of a message that some devices die of. */
  static final String POISON = " \u2620";

  private final Story story;
  private final DeviceId id;
  private final SplittableRandom chance;
  private final Replica replica;
  private final List<Submission> outbox = new ArrayList<>();
  private final Set<Submission> underWay = new LinkedHashSet<>();
  private final Map<Cursor, Session.Place> places = new HashMap<>();
  private Manner manner = Manner.PROMPT;
  private boolean slow;

  /** Whether it dies of a poisonous message that a session brings it, before it has kept it. */
  private final boolean frail;

  private boolean barred;
  private boolean caughtUp;
  private boolean filling;

  /** Whether it was away for so long that it does not count any more. */
  private boolean dormant;

  private int sessions;
  private int unanswered;
  private @Nullable Cursor cursor;

  /** Whether it may have more than its cursor says: it began again where the node knew it. */
  private boolean behindItself;

  private @Nullable Link link;

  SimDevice(Story story, DeviceId id, SplittableRandom chance) {
    this.story = story;
    this.id = id;
    this.chance = chance;
    this.replica = new Replica(story, Texts.of(id));
    this.frail = story.plan().faults().contains(Fault.POISON_ENTRY) && chance.nextInt(3) == 0;
  }

  DeviceId id() {
    return id;
  }

  /** What was ever written to its user's inbox. */
  Shadow inbox() {
    return story.ledger().stream(StreamKey.inbox(id.user().tenant(), id.user().value()));
  }

  Replica replica() {
    return replica;
  }

  boolean connected() {
    return link != null;
  }

  /** Whether it was shut out and has destroyed what it had. */
  boolean barred() {
    return barred;
  }

  void bar() {
    barred = true;
    outbox.clear();
    disconnect();
  }

  void behave(Manner newManner, boolean slowly) {
    manner = newManner;
    slow = slowly;
  }

  boolean behindItself() {
    return behindItself;
  }

  /** Connects to a node, dropping the connection that it may have. */
  void connect(SimNode node, SyncPolicy policy, boolean resume) {
    disconnect();
    Cursor at = cursor;
    SyncPolicy chosen = resume && at != null ? policy.resumeAt(at) : policy;
    Session.Place resumed = resume && at != null ? requireNonNull(places.get(at)) : null;
    behindItself |= at != null && resumed == null;
    Session session = new Session(story, Texts.of(id), ++sessions, resumed);
    replica.beginSession();
    caughtUp = false;
    unanswered = 0;
    Link opening = new Link(story, this, node, chosen, session, chance.split());
    link = opening;
    story.tally().count("sessions with policy " + chosen.mode());
    story.world().say(() -> this + " connects to " + node + (resumed == null ? "" : " resuming"));
    opening.open();
    flush();
  }

  /** Loses its connection, whatever is under way on it. */
  void disconnect() {
    Link old = link;
    if (old == null) {
      return;
    }
    link = null;
    if (!underWay.isEmpty() || unanswered > 0) {
      story.tally().count(Fault.CONNECTION_LOST);
    }
    underWay.clear();
    story.world().say(() -> this + " disconnects from " + old.node());
    old.cutByDevice();
  }

  /** Was left in a drawer. */
  void sleep() {
    dormant = true;
  }

  /** Notices that a node is gone, if it is connected to it. */
  void lostNode(SimNode node) {
    if (link != null && link.node() == node) {
      disconnect();
    }
  }

  void cancel() {
    if (link != null) {
      link.cancel();
    }
  }

  void ended(Link which, DeviceSession.End end) {
    if (which != link) {
      return;
    }
    story.tally().count("sessions ended " + end);
    switch (end) {
      case REVOKED, DEVICE_LIMIT -> {
        story.shutOut(this, end);
        bar();
      }
      case CURSOR_INVALID ->
          story.violated(
              Invariant.REFUSAL_HONEST, this + " was told that its own cursor is not one of its");
      default -> disconnect();
    }
  }

  void subscribed(Link which) {
    if (which == link) {
      which.request(slow ? 1 : 1 + chance.nextInt(4));
    }
  }

  void received(Link which, Delivery delivery) {
    if (which != link) {
      return;
    }
    if (frail && isPoison(delivery)) {
      die(which);
      return;
    }
    if (delivery instanceof Delivery.Page page) {
      Session session = which.session();
      Session.Place place = session.nextPage();
      List<Replica.Copy> copies = replica.page(page, session);
      session.covers(page.cursor(), copies);
      keep(page.cursor(), place);
      acknowledgeLater(which, page.cursor());
    } else if (delivery instanceof Delivery.Snapshot snapshot) {
      story.tally().count("snapshots " + snapshot.reason());
      if (dormant
          && snapshot.reason() == Delivery.Snapshot.Reason.TOO_LONG
          && which.takesAnyBacklog()) {
        story.tally().count("dormant devices brought back");
      }
      replica.snapshot(snapshot);
      if (snapshot.last()) {
        which.session().startOver();
        keep(snapshot.cursor(), which.session().nextPage());
        acknowledgeLater(which, snapshot.cursor());
      }
    } else if (delivery instanceof Delivery.CaughtUp reached) {
      caughtUp = true;
      checkCaughtUp(which.session());
      behindItself = false;
      keep(reached.cursor(), new Session.Place(which.session().number(), which.session().page()));
      acknowledgeLater(which, reached.cursor());
    }
    dormant = false;
    fillGaps();
    Duration pause = Duration.ofMillis(slow ? chance.nextInt(400) : chance.nextInt(3));
    story.world().after(pause, null, () -> requestMore(which));
  }

  /** What was lost may have come and gone between opening and now; that is not looked at here. */
  private void checkCaughtUp(Session session) {
    if (story.lost()) {
      return;
    }
    for (InboxRow row : inbox().rowsThrough(session.headAtOpening())) {
      StreamKey log = row.log();
      if (log != null && !replica.has(ConversationId.ofKey(log.tenant(), log.name()), row.seq())) {
        story.violated(
            Invariant.CAUGHT_UP_HONEST,
            this
                + " was told that it caught up, and lacks entry "
                + row.seq()
                + " of "
                + Texts.of(log.name())
                + ", which is "
                + row.position()
                + " of its inbox; when it connected the inbox had "
                + session.headAtOpening());
        return;
      }
    }
  }

  private static boolean isPoison(Delivery delivery) {
    if (delivery instanceof Delivery.Page page) {
      return page.entries().stream().anyMatch(SimDevice::isPoison);
    }
    return delivery instanceof Delivery.Snapshot snapshot
        && snapshot.conversations().stream()
            .flatMap(summary -> summary.latest().stream())
            .anyMatch(SimDevice::isPoison);
  }

  private static boolean isPoison(Entry entry) {
    return entry instanceof Message message && message.body().asText().endsWith(POISON);
  }

  /** Keeps nothing of what it was given, and soon tries again, at some node. */
  private void die(Link which) {
    story.tally().count(Fault.POISON_ENTRY);
    story.world().say(() -> this + " dies of what it got");
    disconnect();
    Duration pause = Duration.ofMillis(20 + chance.nextInt(300));
    story.world().after(pause, null, () -> rise(which.policy()));
  }

  private void rise(SyncPolicy policy) {
    List<SimNode> serving = story.serving();
    if (link == null && !barred && !serving.isEmpty() && !story.quarantine()) {
      boolean resume = policy.resumeAt() != null;
      connect(serving.get(chance.nextInt(serving.size())), policy, resume);
    }
  }

  private void requestMore(Link which) {
    if (which == link) {
      which.request(1);
    }
  }

  private void keep(Cursor newCursor, Session.Place place) {
    cursor = newCursor;
    places.put(newCursor, place);
  }

  private void acknowledgeLater(Link which, Cursor upTo) {
    unanswered++;
    if (manner == Manner.MUTE) {
      return;
    }
    int millis = manner == Manner.LATE ? chance.nextInt(8_000) : chance.nextInt(5);
    story.world().after(Duration.ofMillis(millis), null, () -> acknowledge(which, upTo));
  }

  private void acknowledge(Link which, Cursor upTo) {
    if (which != link) {
      return;
    }
    which.toNode(
        () -> {
          which.acknowledging(upTo);
          which
              .node()
              .await(
                  "acknowledge of " + this,
                  which.deviceSession().acknowledge(upTo),
                  result -> acknowledged(which, upTo, result));
        });
  }

  private void acknowledged(Link which, Cursor upTo, Result<Cursor> result) {
    if (result.isOk()) {
      which.session().settled(upTo);
      unanswered = Math.max(0, unanswered - 1);
      return;
    }
    Refusal refusal = result.whyRefused().orElseThrow();
    story.tally().count("acknowledge refused " + refusal.code());
    if (refusal.code() == Refusal.Code.CURSOR_INVALID) {
      story.violated(
          Invariant.REFUSAL_HONEST, this + " acknowledged its own cursor and got " + refusal);
    }
  }

  /** Acknowledges whatever it has not, and behaves from now on. */
  void makeUp() {
    behave(Manner.PROMPT, false);
    Link current = link;
    Cursor reached = cursor;
    if (current != null && reached != null && current.session().page() > 0) {
      acknowledge(current, reached);
    }
  }

  // ---- submitting

  void submit(Submission submission) {
    outbox.add(submission);
    flush();
  }

  boolean outboxEmpty() {
    return outbox.isEmpty();
  }

  List<Submission> outbox() {
    return outbox;
  }

  /** Sends what waits, in order, as far as the link lets it. */
  void flush() {
    Link current = link;
    if (current == null || story.quarantine()) {
      return;
    }
    outbox.removeIf(this::tooOld);
    for (Submission submission : outbox) {
      ConversationId conversation = submission.draft().conversation();
      if (!underWay.contains(submission) && !current.broken().contains(conversation)) {
        send(current, submission);
      }
    }
  }

  /** A good client gives up before the server has forgotten the id. */
  private boolean tooOld(Submission submission) {
    boolean expired =
        !underWay.contains(submission)
            && story.now() - submission.firstTriedAt()
                > story.options().dedupWindow().minusSeconds(20).toSeconds() * 1_000_000_000L;
    if (expired) {
      submission.abandon();
      story.tally().count("drafts expired");
    }
    return expired;
  }

  private void send(Link current, Submission submission) {
    Draft draft = submission.draft();
    underWay.add(submission);
    current.inFlight(draft.conversation(), 1);
    current.toNode(
        () -> {
          Submission.Attempt attempt = submission.attempt();
          var stage =
              submission.ordered()
                  ? current.deviceSession().submit(draft)
                  : current.node().restante().messages().submit(draft);
          current
              .node()
              .await(
                  attempt.toString(),
                  stage,
                  result -> {
                    story.world().say(() -> attempt + " -> " + result);
                    attempt.answered(result);
                    current.answer(() -> answered(current, submission, result));
                  });
        });
  }

  private void answered(Link which, Submission submission, Result<Acknowledgement> result) {
    if (which != link) {
      return;
    }
    ConversationId conversation = submission.draft().conversation();
    underWay.remove(submission);
    which.inFlight(conversation, -1);
    boolean done =
        result.fold(
            ack -> {
              replica.acknowledged(submission.draft(), ack);
              return true;
            },
            refusal -> refusal.code().retry() == Refusal.Retry.NEVER);
    if (done) {
      submission.abandon();
      outbox.remove(submission);
    } else {
      which.broken().add(conversation);
    }
    if (which.broken().contains(conversation) && which.inFlight(conversation) == 0) {
      Duration pause = Duration.ofMillis(20 + chance.nextInt(500));
      story.world().after(pause, null, () -> resume(which, conversation));
    }
  }

  private void resume(Link which, ConversationId conversation) {
    if (which != link || !which.broken().remove(conversation)) {
      return;
    }
    outbox.stream()
        .filter(Submission::ordered)
        .map(Submission::draft)
        .filter(draft -> draft.conversation().equals(conversation))
        .findFirst()
        .ifPresent(
            first ->
                which.toNode(() -> which.deviceSession().resume(conversation, first.clientId())));
    flush();
  }

  // ---- history

  private void fillGaps() {
    Gap gap = replica.nextGap();
    if (gap == null || filling || link == null) {
      return;
    }
    filling = true;
    fill(
        new Filling(gap, replica.generation()),
        new HistoryQuery(
            gap.conversation(), gap.fromSeq(), gap.toSeq(), false, 1 + chance.nextInt(50)));
  }

  /** A gap that is being filled. */
  private record Filling(Gap gap, int generation) {}

  private void fill(Filling what, HistoryQuery query) {
    Link current = link;
    if (current == null) {
      filling = false;
      return;
    }
    current.toNode(
        () ->
            current
                .node()
                .await(
                    "history for " + this,
                    current.node().restante().messages().history(id.user(), query),
                    result ->
                        story
                            .world()
                            .after(Duration.ofMillis(2), null, () -> filled(what, query, result))));
    story.world().after(Duration.ofSeconds(20), null, () -> retry(current));
  }

  /** The node that was asked may have died. */
  private void retry(Link asked) {
    if (filling && asked != link) {
      filling = false;
      fillGaps();
    }
  }

  private void filled(Filling what, HistoryQuery query, Result<HistoryPage> result) {
    Gap gap = what.gap();
    if (!filling) {
      return;
    }
    if (what.generation() != replica.generation() || !gap.equals(replica.nextGap())) {
      // a snapshot made it unnecessary
      filling = false;
      fillGaps();
      return;
    }
    if (!result.isOk()) {
      Refusal refusal = result.whyRefused().orElseThrow();
      filling = false;
      if (refusal.code().retry() == Refusal.Retry.NEVER) {
        story.world().say(() -> this + " may not read " + gap + ": " + refusal);
        replica.gapFilled(gap);
      }
      story.world().after(Duration.ofMillis(300), null, this::fillGaps);
      return;
    }
    HistoryPage page = result.orThrow();
    long last = query.fromSeq() - 1;
    for (LogEntry entry : page.entries()) {
      if (entry.seq() <= last || entry.seq() > gap.toSeq()) {
        story.violated(
            Invariant.DELIVERED_IN_ORDER,
            this + " asked for " + gap + " and got " + Texts.of(entry) + " after " + last);
      }
      last = entry.seq();
      replica.filled(entry);
    }
    if (page.next().isPresent()) {
      if (page.entries().isEmpty()) {
        story.violated(
            Invariant.NOTHING_HANGS, this + " got an empty page of history with more to come");
        return;
      }
      fill(what, page.next().orElseThrow());
      return;
    }
    replica.gapFilled(gap);
    filling = false;
    fillGaps();
  }

  /** Whether there is nothing left that it waits for. */
  boolean settled() {
    return barred
        || (link != null && caughtUp && outbox.isEmpty() && replica.nextGap() == null && !filling);
  }

  /** What it still waits for, for people. */
  String waitsFor() {
    Link current = link;
    return this
        + (current == null
            ? " is not connected"
            : " on " + current.node() + (caughtUp ? " caught up" : " did not catch up"))
        + ", outbox "
        + outbox
        + ", gap "
        + replica.nextGap();
  }

  @Override
  public String toString() {
    return Texts.of(id);
  }
}
