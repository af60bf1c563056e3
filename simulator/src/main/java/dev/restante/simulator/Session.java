package dev.restante.simulator;

import dev.restante.api.ConversationId;
import dev.restante.api.LogEntry;
import dev.restante.api.sync.Cursor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a device remembers of one session: what came in which page, and what it acknowledged. */
final class Session {
  /** A place in a session. */
  record Place(int session, int page) {}

  private final Story story;
  private final String owner;
  private final int number;
  private final @Nullable Place resumedAt;
  private final Map<ConversationId, Long> last = new HashMap<>();
  private final TreeMap<Integer, List<Replica.Copy>> unsettled = new TreeMap<>();
  private final Map<Cursor, Integer> pageOf = new HashMap<>();
  private long openedAt = Long.MAX_VALUE;
  private long headAtOpening;
  private int page;

  /**
   * @param resumedAt the place of the cursor with which the session resumed; {@code null} if it
   *     goes on from what was acknowledged
   */
  Session(Story story, String owner, int number, @Nullable Place resumedAt) {
    this.story = story;
    this.owner = owner;
    this.number = number;
    this.resumedAt = resumedAt;
  }

  /** The node learned of the session. */
  void opened(long inboxHead) {
    openedAt = story.now();
    headAtOpening = inboxHead;
  }

  /** The last position of the inbox when the node learned of the session. */
  long headAtOpening() {
    return headAtOpening;
  }

  int number() {
    return number;
  }

  int page() {
    return page;
  }

  Place nextPage() {
    page++;
    return new Place(number, page);
  }

  void covers(Cursor cursor, List<Replica.Copy> copies) {
    pageOf.put(cursor, page);
    unsettled.put(page, copies);
  }

  /** The store has on record that the device acknowledged this cursor. */
  void settled(Cursor cursor) {
    Integer upTo = pageOf.get(cursor);
    if (upTo != null) {
      Map<Integer, List<Replica.Copy>> done = unsettled.headMap(upTo, true);
      done.values().forEach(copies -> copies.forEach(copy -> copy.settle(story.now())));
      done.clear();
    }
  }

  /** A snapshot in mid-session: what comes after it begins anew. */
  void startOver() {
    last.clear();
  }

  void inOrder(LogEntry entry) {
    Long before = last.put(entry.conversation(), entry.seq());
    if (before != null && before >= entry.seq()) {
      story.violated(
          Invariant.DELIVERED_IN_ORDER,
          owner + " got " + Texts.of(entry) + " after " + before + " in one session");
    }
  }

  /** Whether this session must not bring an entry that came before at the place given. */
  boolean repeats(long settledAt, int session, int inPage) {
    Place resumed = resumedAt;
    if (resumed == null) {
      return settledAt < openedAt;
    }
    return session == resumed.session() && inPage <= resumed.page();
  }
}
