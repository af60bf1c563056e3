package dev.restante.storage.migration;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Guard;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.migration.Papers.Node;
import dev.restante.storage.migration.Papers.Plan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of the plan, and its leave to write into the old store.
 *
 * <p>Leave is good for one version of the plan: it was found, <em>after</em> that version was seen,
 * that this node is on the list. So whoever takes a node off the list, and changes the plan in the
 * same commit, need not tell it. Safe for use by many threads.
 */
final class Gate {
  private static final int ATTEMPTS = 16;

  private final Store from;
  private final RecordKey self;

  /** Held by who learns of a plan, and during no call: readers do not wait for writers. */
  private final Object learning = new Object();

  private volatile Plan plan = Plan.NONE;

  /** The version of the plan that this node may write under; -1 if none. */
  private volatile long leave = -1;

  private @Nullable Node node;

  /** Names this node's entry; 0 as long as it never made one. */
  private long incarnation;

  Gate(Store from, String name) {
    this.from = from;
    this.self = Papers.node(name);
  }

  /** As it was seen last. */
  Plan plan() {
    return plan;
  }

  boolean isOver() {
    return plan().is(MovePhase.DONE);
  }

  /** Looks at the plan only, and waits for nobody who does more. */
  Plan look() {
    return learn(Plan.of(from.records(List.of(Papers.PLAN)).get(Papers.PLAN)));
  }

  /** Whether commits may be guarded on the plan that was seen last. */
  boolean mayWrite(Plan seen) {
    return seen.is(MovePhase.BEFORE) || (seen.is(MovePhase.COPY) && leave == seen.version());
  }

  private Plan learn(Plan seen) {
    synchronized (learning) {
      if (seen.version() >= plan.version()) {
        plan = seen;
      }
      return plan;
    }
  }

  /** For a writer: looks at the plan, and gets this node leave to write under it if it can. */
  synchronized Plan enter() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Plan seen = look();
      if (!seen.is(MovePhase.COPY)) {
        node = seen.is(MovePhase.FREEZE) ? own() : node;
        return seen;
      }
      Node found = own();
      if (found.version() > 0 && found.incarnation() == incarnation) {
        node = found;
        leave = seen.version();
        return seen;
      }
      register(seen, found);
    }
    throw new StoreException(
        Effect.TRANSIENT,
        "The plan of the move changed %d times in a row".formatted(ATTEMPTS),
        null);
  }

  private Node own() {
    return Node.of(self, from.records(List.of(self)).get(self));
  }

  /** Whoever had this name before may have left something that was not copied. */
  private void register(Plan seen, Node found) {
    boolean fresh = found.version() == 0;
    long mine = fresh ? seen.version() : seen.version() + 1;
    Node next = new Node(self, found.version() + 1, mine, 0);
    boolean registered =
        fresh
            ? write(seen, List.of(entry(next, 0)))
            : change(seen, seen.doubted(), List.of(entry(next, found.version()))) != null;
    // Where the answer is lost, what is found is somebody else's, and everything is compared.
    if (registered) {
      incarnation = mine;
    }
  }

  private static RecordWrite entry(Node next, long expectedVersion) {
    return RecordWrite.replace(next.key(), expectedVersion, next.version(), next.payload());
  }

  /** Shows that this node works. */
  synchronized void beat(Plan seen) {
    Node known = node;
    if (known != null && known.version() > 0) {
      Node next = new Node(self, known.version() + 1, incarnation, known.drained());
      if (write(seen, List.of(entry(next, known.version())))) {
        node = next;
      }
    }
  }

  /** Whether this node has something to drain in a freeze, or had. */
  synchronized boolean isListed() {
    return node != null && node.version() > 0 && node.incarnation() == incarnation;
  }

  synchronized boolean hasDrained(Plan seen) {
    return !isListed() || (node != null && node.drained() == seen.version());
  }

  /** Tells that everything is copied that this node changed before the freeze. */
  synchronized void drained(Plan seen) {
    Node known = node;
    if (known != null) {
      Node next = new Node(self, known.version() + 1, incarnation, seen.version());
      if (write(seen, List.of(entry(next, known.version())))) {
        node = next;
      }
    }
  }

  /** Takes this node off the list: it has left nothing. */
  synchronized void leave() {
    Plan seen = look();
    Node known = own();
    if (known.version() > 0 && known.incarnation() == incarnation) {
      write(seen, List.of(removal(known)));
    }
    leave = -1;
  }

  static RecordWrite removal(Node gone) {
    return new RecordWrite(
        gone.key(), RecordWrite.Condition.IF_VERSION, gone.version(), 0, new byte[0]);
  }

  /** Writes papers under a plan. */
  boolean write(Plan seen, List<RecordWrite> writes) {
    return done(
        from.commit(
            new Commit(
                0,
                false,
                List.of(),
                List.of(),
                List.of(),
                writes,
                List.of(new Guard(Papers.PLAN, seen.version())))));
  }

  /**
   * Changes the plan. When that has returned, no commit that was guarded on the version before
   * becomes visible any more.
   *
   * @return the plan that is there now; nothing if it was not the one that was seen
   */
  @Nullable Plan change(Plan seen, Plan wanted, List<RecordWrite> more) {
    Plan next =
        new Plan(
            seen.version() + 1, wanted.phase(), wanted.doubt(), wanted.wanted(), wanted.move());
    List<RecordWrite> writes = new ArrayList<>(more);
    writes.add(RecordWrite.replace(Papers.PLAN, seen.version(), next.version(), next.payload()));
    boolean changed =
        done(from.commit(new Commit(0, true, List.of(), List.of(), List.of(), writes, List.of())));
    if (!changed) {
      return null;
    }
    learn(next);
    return next;
  }

  /** The nodes on the list. */
  List<Node> nodes() {
    List<Node> nodes = new ArrayList<>();
    String after = "";
    List<StoredRecord> page;
    do {
      page = from.list(Papers.PLAN.partition(), Papers.SPACE, after, 1_000);
      for (StoredRecord stored : page) {
        after = stored.key().id();
        if (Papers.isNode(stored.key())) {
          nodes.add(Node.of(stored.key(), stored));
        }
      }
    } while (page.size() == 1_000);
    return nodes;
  }

  RecordKey self() {
    return self;
  }

  static boolean done(CommitOutcome outcome) {
    if (outcome instanceof CommitOutcome.Refused refused) {
      throw new StoreException(
          Effect.FAULT, "A record of the move was refused: " + refused.detail(), null);
    }
    return outcome instanceof CommitOutcome.Committed;
  }
}
