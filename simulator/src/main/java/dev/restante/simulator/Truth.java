package dev.restante.simulator;

import dev.restante.api.ConversationId;
import dev.restante.api.GroupCreated;
import dev.restante.api.LogEntry;
import dev.restante.api.Member;
import dev.restante.api.MembershipChanged;
import dev.restante.api.MembershipChanged.Change;
import dev.restante.api.Refusal;
import dev.restante.api.TitleChanged;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.wire.WireCodec;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The logs as they are in the end, read through the history by everybody who may. */
final class Truth {
  private static final int PAGE = 200;

  /** From one number to another, both included. */
  record Span(long from, long to) {
    boolean has(long seq) {
      return from <= seq && seq <= to;
    }
  }

  /** One conversation as it is in the end. */
  static final class Log {
    final ConversationId conversation;
    final TreeMap<Long, LogEntry> entries = new TreeMap<>();

    /** When each user was a member, in order; the last span of a present member has no end. */
    final Map<UserId, List<Span>> memberships = new LinkedHashMap<>();

    /** The numbers that each user could read. */
    final Map<UserId, Set<Long>> readable = new LinkedHashMap<>();

    String title = "";

    /** The entry that gave the title. */
    long titleSeq;

    Log(ConversationId conversation) {
      this.conversation = conversation;
    }

    boolean isMember(UserId user) {
      return lastSpan(user).map(span -> span.to() == Long.MAX_VALUE).orElse(false);
    }

    Optional<Span> lastSpan(UserId user) {
      List<Span> spans = memberships.getOrDefault(user, List.of());
      return spans.isEmpty() ? Optional.empty() : Optional.of(spans.get(spans.size() - 1));
    }

    private void derive() {
      if (conversation.isDirect()) {
        conversation.pair().forEach(user -> joins(user, 1));
      }
      for (LogEntry entry : entries.values()) {
        if (entry instanceof GroupCreated created) {
          title = created.title();
          titleSeq = created.seq();
          created.members().forEach(member -> joins(member.user(), created.seq()));
        } else if (entry instanceof TitleChanged changed) {
          title = changed.title();
          titleSeq = changed.seq();
        } else if (entry instanceof MembershipChanged changed) {
          for (Member member : changed.members()) {
            moves(member.user(), changed);
          }
        }
      }
    }

    private void moves(UserId user, MembershipChanged changed) {
      if (changed.change() == Change.ADDED) {
        joins(user, changed.seq());
      } else if (changed.change() != Change.ROLE) {
        List<Span> spans = memberships.computeIfAbsent(user, any -> new ArrayList<>());
        if (!spans.isEmpty()) {
          Span last = spans.remove(spans.size() - 1);
          spans.add(new Span(last.from(), changed.seq()));
        }
      }
    }

    private void joins(UserId user, long seq) {
      memberships
          .computeIfAbsent(user, any -> new ArrayList<>())
          .add(new Span(seq, Long.MAX_VALUE));
    }
  }

  private final Story story;
  private final Map<ConversationId, Log> logs = new LinkedHashMap<>();
  private final Map<ConversationId, List<Member>> members = new LinkedHashMap<>();
  private int waiting;

  Truth(Story story) {
    this.story = story;
  }

  Map<ConversationId, Log> logs() {
    return logs;
  }

  /** The members as the node tells them, of groups that have any. */
  Map<ConversationId, List<Member>> members() {
    return members;
  }

  /** Reads everything; the story's time goes on meanwhile. */
  void read() {
    SimNode node = story.nodes().get(0);
    for (Shadow shadow : story.ledger().streams()) {
      if (shadow.key.kind() == StreamKey.Kind.LOG && shadow.head() > 0) {
        ConversationId conversation = ConversationId.ofKey(shadow.key.tenant(), shadow.key.name());
        Log log = new Log(conversation);
        logs.put(conversation, log);
        for (UserId user : readers(conversation)) {
          read(node, log, user, HistoryQuery.after(log.conversation, 0, PAGE));
          askMembers(node, conversation, user);
        }
      }
    }
    story.world().runUntil(story.now() + Duration.ofMinutes(2).toNanos(), () -> waiting == 0);
    if (waiting > 0) {
      story.violated(Invariant.NOTHING_HANGS, "history was asked for in calm and never came");
    }
    logs.values().forEach(this::addWhatNobodyMayRead);
    logs.values().forEach(Log::derive);
  }

  /**
   * Where members see nothing from before they came, and all who were there at the beginning left
   * and came again, the beginning is nobody's any more: it is taken from what was committed.
   */
  private void addWhatNobodyMayRead(Log log) {
    if (log.conversation.isDirect() || story.options().newMembersSeeHistory()) {
      return;
    }
    Shadow shadow =
        story.ledger().stream(StreamKey.log(log.conversation.tenant(), log.conversation.key()));
    long end = log.entries.isEmpty() ? shadow.head() : log.entries.firstKey() - 1;
    for (long seq = 1; seq <= end; seq++) {
      LogRow row = shadow.logRow(seq);
      if (row != null) {
        log.entries.put(
            seq, WireCodec.decodeFromLog(log.conversation, seq, row.timeMillis(), row.payload()));
      }
    }
  }

  private List<UserId> readers(ConversationId conversation) {
    return conversation.isDirect()
        ? conversation.pair()
        : story.plan().users().stream()
            .filter(user -> user.tenant().equals(conversation.tenant()))
            .toList();
  }

  private void read(SimNode node, Log log, UserId user, HistoryQuery query) {
    waiting++;
    story
        .world()
        .after(
            Duration.ZERO,
            node,
            () ->
                node.await(
                    "history of " + Texts.of(log.conversation),
                    node.restante().messages().history(user, query),
                    result -> {
                      waiting--;
                      result.fold(
                          page -> {
                            keep(node, log, user, page);
                            return true;
                          },
                          refusal -> {
                            if (refusal.code() == Refusal.Code.UNAVAILABLE) {
                              // Also in calm weather a call may wait too long for a thread.
                              read(node, log, user, query);
                            }
                            return false;
                          });
                    }));
  }

  private void keep(SimNode node, Log log, UserId user, HistoryPage page) {
    Set<Long> readable = log.readable.computeIfAbsent(user, any -> new TreeSet<>());
    for (LogEntry entry : page.entries()) {
      readable.add(entry.seq());
      LogEntry known = log.entries.put(entry.seq(), entry);
      if (known != null && !known.equals(entry)) {
        story.violated(
            Invariant.SAME_CONTENT,
            "two readers got " + Texts.of(known) + " and " + Texts.of(entry));
      }
    }
    page.next().ifPresent(next -> read(node, log, user, next));
  }

  private void askMembers(SimNode node, ConversationId conversation, UserId user) {
    waiting++;
    story
        .world()
        .after(
            Duration.ZERO,
            node,
            () ->
                node.await(
                    "members of " + Texts.of(conversation),
                    node.restante().conversations().members(user, conversation),
                    result -> {
                      waiting--;
                      result.asOptional().ifPresent(list -> members.put(conversation, list));
                    }));
  }
}
