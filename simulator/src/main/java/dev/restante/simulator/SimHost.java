package dev.restante.simulator;

import dev.restante.RestanteOptions;
import dev.restante.TransactionalEnqueue;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.Refusal;
import dev.restante.api.wire.WireCodec;
import dev.restante.storage.DeadRow;
import dev.restante.storage.EnqueueSource;
import dev.restante.storage.EnqueueTable;
import dev.restante.storage.EnqueuedDraft;
import dev.restante.storage.EnqueuedRow;
import dev.restante.storage.EnqueuedRows;
import dev.restante.storage.RelayTurn;
import dev.restante.storage.StoreContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A host with a database of its own, whose transactions enqueue messages: they stay open for as
 * long as they like, are committed in any order, or rolled back. Knows what has to become of each
 * draft.
 */
final class SimHost implements EnqueueSource<SimHost.Transaction> {
  /** How a transaction ended. */
  private enum End {
    OPEN,
    COMMITTED,
    ROLLED_BACK
  }

  /** A draft, and when it was enqueued. */
  private record Wish(Submission submission, Transaction transaction, int place, long at) {
    Draft draft() {
      return submission.draft();
    }

    /** Whether this one must come before another one of its lane. */
    boolean precedes(Wish other) {
      return transaction == other.transaction
          ? place < other.place
          : transaction.endedAt < other.at;
    }
  }

  /** A transaction of the host. */
  final class Transaction {
    private final Map<Long, EnqueuedDraft> rows = new TreeMap<>();
    private End end = End.OPEN;
    private long endedAt;

    /** Enqueues a draft that nobody submits but the relay. */
    void enqueue(Submission submission) {
      if (ended()) {
        return; // everything ends when it gets calm
      }
      enqueue.enqueue(this, submission.draft());
      wishes.add(new Wish(submission, this, rows.size(), story.now()));
      submission.abandon();
      story.tally().count("drafts enqueued");
      story.world().say(() -> "a transaction of the host enqueues " + submission);
    }

    boolean ended() {
      return end != End.OPEN;
    }

    void commit() {
      ended(End.COMMITTED);
      table.putAll(rows);
      // From now on it may be stored without anybody having been told.
      wishes.stream()
          .filter(wish -> wish.transaction == this)
          .forEach(wish -> wish.submission.attempt());
    }

    void rollBack() {
      ended(End.ROLLED_BACK);
      story.tally().count("transactions rolled back");
    }

    private void ended(End how) {
      end = how;
      endedAt = story.now();
      open.remove(this);
      story.world().say(() -> "a transaction of the host is " + how + " with " + rows.keySet());
    }
  }

  /** A few at a time, so that what belongs together is cut in two. */
  private static final int MOST_TAKEN = 7;

  private final Story story;
  private final TransactionalEnqueue<Transaction> enqueue;
  private final List<Wish> wishes = new ArrayList<>();
  private final List<Transaction> open = new ArrayList<>();
  private final Map<Long, EnqueuedDraft> table = new TreeMap<>();
  private final Map<Story.SubmissionKey, DeadRow> dead = new HashMap<>();
  private long numbers;
  private long owner;
  private long untilMillis;

  SimHost(Story story, RestanteOptions options) {
    this.story = story;
    this.enqueue = TransactionalEnqueue.into(this, options);
  }

  Transaction begin() {
    Transaction transaction = new Transaction();
    open.add(transaction);
    return transaction;
  }

  /** Ends what is open, so that everything can come right. */
  void finish() {
    List.copyOf(open).forEach(Transaction::commit);
  }

  /** Drafts that were committed and are not submitted yet. */
  int waiting() {
    return table.size();
  }

  // ---- what nodes see

  @Override
  public String description() {
    return "the host's database";
  }

  @Override
  public void enqueue(Transaction transaction, EnqueuedDraft draft) {
    transaction.rows.put(++numbers, draft);
  }

  @Override
  public EnqueueTable open(StoreContext context) {
    return new Table();
  }

  private final class Table implements EnqueueTable {
    @Override
    public EnqueuedRows take(
        RelayTurn turn, Collection<Long> exceptLanes, int limit, long maxBytes) {
      story.ledger().called();
      List<EnqueuedRow> rows = new ArrayList<>();
      table.forEach(
          (id, draft) -> {
            if (!exceptLanes.contains(draft.lane())) {
              rows.add(new EnqueuedRow(id, draft));
            }
          });
      boolean free =
          owner == turn.owner()
              || untilMillis <= turn.nowMillis()
              || untilMillis > turn.latestMillis();
      if (rows.isEmpty() || !free) {
        return EnqueuedRows.NONE;
      }
      if (owner != turn.owner()) {
        story.tally().count("relays that took over");
      }
      owner = turn.owner();
      untilMillis = turn.untilMillis();
      int most = Math.min(limit, MOST_TAKEN);
      return rows.size() > most
          ? new EnqueuedRows(rows.subList(0, most), true)
          : new EnqueuedRows(rows, false);
    }

    @Override
    public void settle(long relay, List<EnqueuedRow> done, List<DeadRow> refused, boolean release) {
      story.ledger().called();
      done.forEach(row -> table.remove(row.id(), row.draft()));
      for (DeadRow row : refused) {
        if (table.remove(row.id(), row.draft())) {
          EnqueuedDraft draft = row.draft();
          dead.put(
              Story.SubmissionKey.of(WireCodec.decodeDraft(draft.tenant(), draft.payload())), row);
          story.tally().count("dead letters");
        }
      }
      if (release && owner == relay) {
        untilMillis = 0;
      }
    }

    @Override
    public List<DeadRow> deadLetters(long afterId, int limit, long maxBytes) {
      return List.of();
    }

    @Override
    public boolean retry(long id) {
      return false;
    }

    @Override
    public boolean discard(long id) {
      return false;
    }

    @Override
    public void close() {
      // There is nothing to close.
    }
  }

  // ---- what has to have become of everything

  private record Lane(DeviceId sender, ConversationId conversation) {}

  void check(Truth truth) {
    Map<Story.SubmissionKey, Long> places = new HashMap<>();
    for (Truth.Log log : truth.logs().values()) {
      for (LogEntry entry : log.entries.values()) {
        if (entry instanceof Message message) {
          places.put(
              new Story.SubmissionKey(
                  message.sender().user(), log.conversation, message.clientId()),
              message.seq());
        }
      }
    }
    Map<Lane, List<Wish>> lanes = new LinkedHashMap<>();
    for (Wish wish : wishes) {
      Draft draft = wish.draft();
      Long place = places.get(Story.SubmissionKey.of(draft));
      DeadRow letter = dead.get(Story.SubmissionKey.of(draft));
      if (wish.transaction.end == End.ROLLED_BACK && (place != null || letter != null)) {
        violated(wish.submission + " was rolled back, and is there");
      } else if (wish.transaction.end == End.COMMITTED && place == null && letter == null) {
        violated(wish.submission + " was committed, and is nowhere");
      }
      if (letter != null && !mayBeRefused(wish, letter)) {
        violated(wish.submission + " is a dead letter for " + letter.code());
      }
      if (place != null) {
        story.tally().count("drafts relayed");
        lanes
            .computeIfAbsent(
                new Lane(draft.sender(), draft.conversation()), any -> new ArrayList<>())
            .add(wish);
      }
    }
    lanes.values().forEach(lane -> checkOrder(lane, places));
  }

  private boolean mayBeRefused(Wish wish, DeadRow letter) {
    Draft draft = wish.draft();
    return switch (Refusal.Code.valueOf(letter.code())) {
      case NOT_STORABLE -> wish.submission.unstorable();
      case NOT_A_MEMBER, NOT_FOUND -> !draft.conversation().isDirect();
      case DEVICE_BARRED -> story.bars().mayBeOut(draft.sender(), story.options());
      default -> false;
    };
  }

  private void checkOrder(List<Wish> lane, Map<Story.SubmissionKey, Long> places) {
    for (Wish one : lane) {
      for (Wish other : lane) {
        if (one.precedes(other) && place(one, places) > place(other, places)) {
          violated(
              "%s was to come before %s, and stands at %d, the other at %d"
                  .formatted(
                      one.submission, other.submission, place(one, places), place(other, places)));
        }
      }
    }
  }

  private static long place(Wish wish, Map<Story.SubmissionKey, Long> places) {
    return places.getOrDefault(Story.SubmissionKey.of(wish.draft()), 0L);
  }

  private void violated(String detail) {
    story.violated(Invariant.ENQUEUED, detail);
  }
}
