package dev.restante.simulator;

import static java.util.Objects.requireNonNull;

import dev.restante.api.ConversationId;
import dev.restante.api.Entry;
import dev.restante.api.LogEntry;
import dev.restante.api.sync.ConversationSummary;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.api.wire.WireCodec;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * One connection of one device to one node, as the host's transport sees it: frames in order in
 * both directions, until it is cut at one end, and some time later at the other.
 */
final class Link implements Flow.Subscriber<Delivery> {
  private final Story story;
  private final SimDevice device;
  private final SimNode node;
  private final SyncPolicy policy;
  private final Session session;
  private final SplittableRandom chance;
  private final Map<ConversationId, Integer> inFlight = new HashMap<>();
  private final Set<ConversationId> broken = new HashSet<>();
  private final Deque<Delivery> unacknowledged = new ArrayDeque<>();
  private @Nullable DeviceSession deviceSession;
  private Flow.@Nullable Subscription subscription;
  private DeviceSession.@Nullable End ended;
  private boolean cutAtDevice;
  private boolean completed;
  private boolean inCall;
  private boolean caughtUp;
  private long caughtUpBytes;
  private long demand;
  private long lastToNode;
  private long lastToDevice;

  Link(
      Story story,
      SimDevice device,
      SimNode node,
      SyncPolicy policy,
      Session session,
      SplittableRandom chance) {
    this.story = story;
    this.device = device;
    this.node = node;
    this.policy = policy;
    this.session = session;
    this.chance = chance;
  }

  SimNode node() {
    return node;
  }

  Session session() {
    return session;
  }

  SyncPolicy policy() {
    return policy;
  }

  /** Drafts of a conversation that are under way on this link. */
  int inFlight(ConversationId conversation) {
    return inFlight.getOrDefault(conversation, 0);
  }

  void inFlight(ConversationId conversation, int change) {
    inFlight.merge(conversation, change, Integer::sum);
  }

  /** Conversations of which a draft was refused and that were not resumed yet. */
  Set<ConversationId> broken() {
    return broken;
  }

  void open() {
    toNode(
        () -> {
          session.opened(device.inbox().head());
          DeviceSession opened = node.restante().sync().connect(device.id(), policy, this);
          deviceSession = opened;
          story.opened(this);
          var unused =
              opened
                  .ended()
                  .whenComplete(
                      (end, thrown) -> {
                        if (thrown != null) {
                          story.violated(Invariant.NO_EXCEPTION, this + " ended with " + thrown);
                          return;
                        }
                        ended = end;
                        story.world().say(() -> this + " ended: " + end);
                        toDevice(() -> device.ended(this, end));
                      });
        });
  }

  /** Runs a request at the node, if it gets there, in the order of sending. */
  void toNode(Runnable request) {
    lastToNode = Math.max(lastToNode + 1, story.now() + latency());
    story.world().at(lastToNode, node, request);
  }

  private void toDevice(Runnable frame) {
    lastToDevice = Math.max(lastToDevice + 1, story.now() + latency());
    story
        .world()
        .at(
            lastToDevice,
            null,
            () -> {
              if (!cutAtDevice) {
                frame.run();
              }
            });
  }

  /** Sends an answer to the device. */
  void answer(Runnable frame) {
    toDevice(frame);
  }

  private long latency() {
    return 100_000 + chance.nextLong(3_000_000);
  }

  DeviceSession deviceSession() {
    return requireNonNull(deviceSession);
  }

  boolean cut() {
    return cutAtDevice;
  }

  DeviceSession.@Nullable End endedWith() {
    return ended;
  }

  /** The device's end is gone at once; the node learns it later, or never. */
  void cutByDevice() {
    cutAtDevice = true;
    if (chance.nextInt(4) > 0) {
      long later = chance.nextInt(4) == 0 ? chance.nextLong(5_000_000_000L) : 1_000;
      story
          .world()
          .at(
              Math.max(story.now() + later, lastToNode + 1),
              node,
              () -> {
                if (deviceSession != null) {
                  deviceSession.close();
                }
              });
    }
  }

  /** The node learns at last that the device's end is gone. */
  void timeOutAtNode() {
    if (deviceSession != null && ended == null && !node.dead()) {
      deviceSession.close();
    }
  }

  /** Whether nothing but what was removed from the inbox can be a reason to leave entries out. */
  boolean takesAnyBacklog() {
    SyncPolicy most = SyncPolicy.everything();
    return policy.mode() == most.mode()
        && policy.maxBacklogEntries() == most.maxBacklogEntries()
        && policy.maxBacklogAge().equals(most.maxBacklogAge())
        && policy.catchUpBytes() == most.catchUpBytes();
  }

  void request(long howMany) {
    toNode(
        () -> {
          if (subscription != null) {
            demand = demand + howMany < 0 ? Long.MAX_VALUE : demand + howMany;
            subscription.request(howMany);
          }
        });
  }

  void cancel() {
    toNode(
        () -> {
          if (subscription != null) {
            subscription.cancel();
          }
        });
  }

  /** The node hands an acknowledgement to the session. */
  void acknowledging(Cursor upTo) {
    long covered = 0;
    long at = 0;
    for (Delivery each : unacknowledged) {
      at++;
      if (cursor(each).equals(upTo)) {
        covered = at;
      }
    }
    for (; covered > 0; covered--) {
      unacknowledged.remove();
    }
  }

  private static Cursor cursor(Delivery delivery) {
    if (delivery instanceof Delivery.Page page) {
      return page.cursor();
    }
    return delivery instanceof Delivery.Snapshot snapshot
        ? snapshot.cursor()
        : ((Delivery.CaughtUp) delivery).cursor();
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    if (subscription != null) {
      story.violated(Invariant.DEMAND_KEPT, this + " was subscribed twice");
    }
    subscription = given;
    toDevice(() -> device.subscribed(this));
  }

  @Override
  public void onNext(Delivery delivery) {
    if (inCall || completed || subscription == null || demand <= 0) {
      story.violated(
          Invariant.DEMAND_KEPT,
          this
              + " got a delivery "
              + (inCall
                  ? "within another"
                  : completed
                      ? "after the end"
                      : subscription == null ? "before the subscription" : "it had not requested"));
    }
    inCall = true;
    if (demand != Long.MAX_VALUE) {
      demand--;
    }
    if (delivery instanceof Delivery.Page page) {
      checkPage(page);
      story.tally().add("entries handed out", page.entries().size());
      page.entries().forEach(entry -> story.handedOut(device.id(), entry));
    } else if (delivery instanceof Delivery.Snapshot snapshot) {
      checkPart(snapshot);
      caughtUp = false;
      caughtUpBytes = 0;
      if (snapshot.reason() == Delivery.Snapshot.Reason.STORE_LOST_WRITES) {
        // What came before is void, and nobody waits for its acknowledgement.
        unacknowledged.clear();
      }
    } else {
      caughtUp = true;
    }
    unacknowledged.add(delivery);
    story.world().say(() -> this + " <- " + describe(delivery));
    toDevice(() -> device.received(this, delivery));
    inCall = false;
  }

  private void checkPage(Delivery.Page page) {
    int waiting =
        unacknowledged.stream()
            .mapToInt(each -> each instanceof Delivery.Page earlier ? earlier.entries().size() : 0)
            .sum();
    if (page.entries().isEmpty() || page.entries().size() > policy.pageEntries()) {
      story.violated(
          Invariant.DEMAND_KEPT,
          this + " got " + page.entries().size() + " entries in a page of " + policy.pageEntries());
    }
    long bytes = bytes(page.entries());
    if (page.entries().size() > 1 && bytes > policy.pageBytes()) {
      story.violated(
          Invariant.DEMAND_KEPT,
          this + " got " + bytes + " bytes in a page of " + policy.pageBytes());
    }
    caughtUpBytes += bytes;
    if (!caughtUp && caughtUpBytes > policy.catchUpBytes()) {
      story.violated(
          Invariant.DEMAND_KEPT,
          "%s got %d bytes before it had caught up, its budget is %d"
              .formatted(this, caughtUpBytes, policy.catchUpBytes()));
    }
    Instant since = policy.since();
    for (Entry entry : page.entries()) {
      if (since != null && entry instanceof LogEntry old && old.serverTime().isBefore(since)) {
        story.violated(
            Invariant.DEMAND_KEPT, this + " got " + old + " and wanted none before " + since);
      }
    }
    if (waiting + page.entries().size() > policy.maxUnacknowledged()) {
      story.violated(
          Invariant.DEMAND_KEPT,
          "%s got %d entries while %d were not acknowledged; the limit is %d"
              .formatted(this, page.entries().size(), waiting, policy.maxUnacknowledged()));
    }
  }

  /** A part of a snapshot is no larger than a page, unless it is of one conversation. */
  private void checkPart(Delivery.Snapshot part) {
    List<LogEntry> entries =
        part.conversations().stream().flatMap(each -> each.latest().stream()).toList();
    for (ConversationSummary summary : part.conversations()) {
      if (summary.latest().size() > policy.latest()) {
        story.violated(
            Invariant.DEMAND_KEPT,
            this + " got more than the latest " + policy.latest() + " entries: " + summary);
      }
    }
    long bytes = bytes(entries);
    boolean tooMany =
        part.conversations().size() > policy.pageEntries() || entries.size() > policy.pageEntries();
    if (part.conversations().size() > 1 && (tooMany || bytes > policy.pageBytes())) {
      story.violated(
          Invariant.DEMAND_KEPT,
          "%s got %d conversations with %d entries of %d bytes in one part, pages have %d and %d"
              .formatted(
                  this,
                  part.conversations().size(),
                  entries.size(),
                  bytes,
                  policy.pageEntries(),
                  policy.pageBytes()));
    }
  }

  /** What the entries have in the logs; other entries have nothing there. */
  private static long bytes(List<? extends Entry> entries) {
    return entries.stream()
        .filter(LogEntry.class::isInstance)
        .mapToLong(entry -> WireCodec.encodeForLog((LogEntry) entry).length)
        .sum();
  }

  @Override
  public void onError(Throwable thrown) {
    story.violated(Invariant.NO_EXCEPTION, this + " got an error: " + Texts.stackTrace(thrown));
  }

  @Override
  public void onComplete() {
    if (completed) {
      story.violated(Invariant.DEMAND_KEPT, this + " was completed twice");
    }
    completed = true;
  }

  private static String describe(Delivery delivery) {
    if (delivery instanceof Delivery.Page page) {
      return "page " + page.entries().stream().map(Texts::of).toList();
    }
    if (delivery instanceof Delivery.Snapshot snapshot) {
      return "snapshot "
          + snapshot.reason()
          + (snapshot.last() ? " " : " (part) ")
          + snapshot.conversations().stream()
              .map(
                  summary ->
                      Texts.of(summary.conversation())
                          + " head "
                          + summary.headSeq()
                          + " gap "
                          + summary.gap())
              .toList();
    }
    return delivery.getClass().getSimpleName();
  }

  @Override
  public String toString() {
    return "session " + session.number() + " of " + device + " on " + node;
  }
}
