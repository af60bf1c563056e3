package dev.restante.simulator;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.Gap;
import dev.restante.api.GroupCreated;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.TitleChanged;
import dev.restante.api.sync.ConversationSummary;
import dev.restante.api.sync.Delivery;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a device has kept: the entries of its user's conversations, and what it still has to fetch.
 * Checks each entry as it comes.
 */
final class Replica {
  /** How an entry came. */
  enum Source {
    STREAM,
    SNAPSHOT,
    HISTORY,
    OWN
  }

  /** An entry as kept. */
  static final class Copy {
    final Source source;
    private final long at;
    private final @Nullable LogEntry entry;
    private final @Nullable Draft own;
    private long settledAt = Long.MAX_VALUE;
    private int session;
    private int page;

    private Copy(Source source, long at, @Nullable LogEntry entry, @Nullable Draft own) {
      this.source = source;
      this.at = at;
      this.entry = entry;
      this.own = own;
    }

    void settle(long moment) {
      settledAt = Math.min(settledAt, moment);
    }

    /** Whether this is that entry, as far as one can tell. */
    boolean is(LogEntry other) {
      if (entry != null) {
        return entry.equals(other);
      }
      Draft draft = own;
      return draft != null
          && other instanceof Message message
          && message.clientId().equals(draft.clientId())
          && message.sender().user().equals(draft.sender().user())
          && message.kind().equals(draft.kind())
          && message.body().equals(draft.body());
    }

    String describe() {
      return entry != null
          ? Texts.of(entry)
          : "its own " + Texts.of(own == null ? "" : own.clientId());
    }
  }

  /** One conversation as kept. */
  static final class Conversation {
    final TreeMap<Long, Copy> copies = new TreeMap<>();
    private final BitSet gaps = new BitSet();
    private long covered;
    private long streamed;
    private long titleSeq;
    private String title = "";

    String title() {
      return title;
    }

    /** Whether a snapshot or a gap took the place of this number. */
    boolean covers(long seq) {
      return seq <= covered || gaps.get(Math.toIntExact(seq));
    }

    private void cover(Gap gap) {
      gaps.set(Math.toIntExact(gap.fromSeq()), Math.toIntExact(gap.toSeq() + 1));
    }

    private void title(long seq, String newTitle) {
      if (seq >= titleSeq) {
        titleSeq = seq;
        title = newTitle;
      }
    }
  }

  private final Story story;
  private final String owner;
  private Map<ConversationId, Conversation> conversations = new LinkedHashMap<>();
  private final Deque<Gap> gaps = new ArrayDeque<>();
  private final List<ConversationSummary> parts = new ArrayList<>();
  private long sessionBegan;
  private int generation;

  Replica(Story story, String owner) {
    this.story = story;
    this.owner = owner;
  }

  Map<ConversationId, Conversation> conversations() {
    return conversations;
  }

  Conversation conversation(ConversationId id) {
    return conversations.computeIfAbsent(id, any -> new Conversation());
  }

  /** Whether it has an entry, or a snapshot or gap in its place. */
  boolean has(ConversationId id, long seq) {
    Conversation conversation = conversation(id);
    return conversation.covers(seq) || conversation.copies.containsKey(seq);
  }

  /** Rises when the device begins anew: what it was fetching for its old state is of no use. */
  int generation() {
    return generation;
  }

  @Nullable Gap nextGap() {
    return gaps.peek();
  }

  void gapFilled(Gap gap) {
    gaps.remove(gap);
  }

  void addGap(Gap gap) {
    if (!gaps.contains(gap)) {
      gaps.add(gap);
    }
  }

  /** A session begins: parts of a snapshot that its predecessor did not complete are worthless. */
  void beginSession() {
    parts.clear();
    sessionBegan = story.now();
  }

  /** A page of a session's stream; returns the copies that its cursor covers. */
  List<Copy> page(Delivery.Page page, Session session) {
    List<Copy> copies = new ArrayList<>();
    for (Entry entry : page.entries()) {
      if (entry instanceof LogEntry logEntry) {
        copies.add(streamed(logEntry, session));
      } else if (entry instanceof Gap gap) {
        story.tally().count("gaps told");
        addGap(gap);
        conversation(gap.conversation()).cover(gap);
      }
    }
    return copies;
  }

  /**
   * An acknowledgement that was under way when the cursors were lost may arrive behind the loss.
   */
  private void repeated(LogEntry entry, long settledAt) {
    if (story.apart().map(ApartStore::lostAt).orElse(-1L) >= settledAt) {
      story.tally().count("entries repeated after cursors were lost");
    } else {
      story.violated(
          Invariant.NOT_REPEATED,
          owner + " got " + Texts.of(entry) + " again, which it had acknowledged");
    }
  }

  private Copy streamed(LogEntry entry, Session session) {
    Conversation conversation = conversation(entry.conversation());
    long seq = entry.seq();
    session.inOrder(entry);
    Copy known = conversation.copies.get(seq);
    boolean again = known != null && known.source == Source.STREAM;
    if (!again && !conversation.covers(seq) && seq < conversation.streamed) {
      story.violated(
          Invariant.DELIVERED_IN_ORDER,
          owner
              + " got "
              + Texts.of(entry)
              + " for the first time after "
              + conversation.streamed
              + " of the same conversation");
    }
    conversation.streamed = Math.max(conversation.streamed, seq);
    if (known != null && again && session.repeats(known.settledAt, known.session, known.page)) {
      repeated(entry, known.settledAt);
    }
    Copy copy = keep(entry, Source.STREAM);
    copy.session = session.number();
    copy.page = session.page();
    return copy;
  }

  /** A snapshot or a part of one; applied as a whole once the last part is here. */
  void snapshot(Delivery.Snapshot snapshot) {
    parts.addAll(snapshot.conversations());
    if (!snapshot.last()) {
      return;
    }
    List<ConversationSummary> whole = List.copyOf(parts);
    parts.clear();
    boolean replaces = snapshot.reason() != Delivery.Snapshot.Reason.REQUESTED;
    if (snapshot.reason() == Delivery.Snapshot.Reason.STORE_LOST_WRITES
        || snapshot.reason() == Delivery.Snapshot.Reason.NEW_DEVICE) {
      beginAnew();
    }
    for (ConversationSummary summary : whole) {
      summary(summary, replaces);
    }
  }

  /** Forgets everything but what this very session was told about the device's own messages. */
  private void beginAnew() {
    generation++;
    Map<ConversationId, Conversation> before = conversations;
    conversations = new LinkedHashMap<>();
    gaps.clear();
    before.forEach(
        (id, conversation) ->
            conversation.copies.forEach(
                (seq, copy) -> {
                  if (copy.source == Source.OWN && copy.at >= sessionBegan) {
                    conversation(id).copies.put(seq, copy);
                  }
                }));
  }

  private void summary(ConversationSummary summary, boolean replaces) {
    Conversation conversation = conversation(summary.conversation());
    long previous = 0;
    for (LogEntry entry : summary.latest()) {
      if (entry.seq() <= previous) {
        story.violated(
            Invariant.DELIVERED_IN_ORDER,
            owner + " got a summary whose latest entries are out of order: " + summary);
      }
      previous = entry.seq();
      keep(entry, Source.SNAPSHOT);
    }
    conversation.title(summary.headSeq(), summary.title());
    if (replaces) {
      conversation.covered = Math.max(conversation.covered, summary.headSeq());
      if (summary.gap() != null) {
        addGap(summary.gap());
      }
    }
  }

  /** An entry that the history gave. */
  void filled(LogEntry entry) {
    keep(entry, Source.HISTORY);
  }

  /** The device's own draft was acknowledged. */
  void acknowledged(Draft draft, Acknowledgement ack) {
    Conversation conversation = conversation(ack.conversation());
    Copy known = conversation.copies.get(ack.seq());
    Copy own = new Copy(Source.OWN, story.now(), null, draft);
    if (known == null) {
      conversation.copies.put(ack.seq(), own);
    } else if (known.entry != null && !own.is(known.entry) && !story.lostSince(known.at)) {
      story.violated(
          Invariant.SAME_CONTENT,
          owner
              + " has "
              + known.describe()
              + " at the number that was acknowledged for "
              + Texts.of(draft.clientId()));
    }
  }

  private Copy keep(LogEntry entry, Source source) {
    Conversation conversation = conversation(entry.conversation());
    Copy known = conversation.copies.get(entry.seq());
    Copy copy = new Copy(source, story.now(), entry, null);
    if (known != null && !known.is(entry) && !story.lostSince(known.at)) {
      story.violated(
          Invariant.SAME_CONTENT,
          owner + " got " + Texts.of(entry) + " by " + source + " but has " + known.describe());
    }
    if (known != null && known.source == Source.STREAM) {
      copy = known.is(entry) ? known : copy;
    }
    conversation.copies.put(entry.seq(), copy);
    if (entry instanceof GroupCreated created) {
      conversation.title(entry.seq(), created.title());
    } else if (entry instanceof TitleChanged changed) {
      conversation.title(entry.seq(), changed.title());
    }
    return copy;
  }
}
