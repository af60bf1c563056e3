package dev.restante.storage.migration;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.Trim;
import dev.restante.storage.memory.MemoryStorage;
import dev.restante.storage.migration.Papers.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A move while everything goes wrong, from a seed: nodes write, die, come back under the same name
 * or another one, sleep and wake up; calls fail, are done and fail, or land later; between any two
 * calls of one node others act. Everything that is told by the move and by the stores is checked
 * against what was promised.
 */
final class MoveStory {
  /** How a node sees its stores; a mutant sees them otherwise. */
  record Eyes(
      BiFunction<Store, Wire.Weather, Wire> old, BiFunction<Store, Wire.Weather, Wire> fresh) {
    static final Eyes SOUND = new Eyes(Wire::new, Wire::new);
  }

  /** A promise that was broken. */
  static final class Broken extends AssertionError {
    private static final long serialVersionUID = 1L;

    Broken(String what) {
      super(what);
    }
  }

  /** A node that dies. */
  private static final class Death extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static final int STORMY_ACTS = 160;
  private static final int MOST_CALM_TURNS = 600;
  private static final int DEPTH = 3;
  private static final List<StreamKey> LOGS =
      List.of(StreamKey.log("t", "a"), StreamKey.log("t", "b"), StreamKey.log("t", "c"));
  private static final List<StreamKey> INBOXES =
      List.of(StreamKey.inbox("t", "u"), StreamKey.inbox("t", "v"));
  private static final StoreContext CONTEXT = new StoreContext(Duration.ofSeconds(1));

  private final Random random;
  private final Eyes eyes;
  private final Store oldStore;
  private final Store newStore;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Supplier<?>> late = new ArrayList<>();
  private boolean stormy = true;
  private int depth;
  private int names;
  private int texts;
  private long nowMillis = 1_000_000;
  private boolean done;

  // What was promised.
  private final Map<StreamKey, Map<Long, String>> rows = new HashMap<>();
  private final Map<StreamKey, Long> heads = new HashMap<>();
  private final Map<StreamKey, Long> floors = new HashMap<>();
  private final Map<DedupKey, Long> submits = new HashMap<>();

  // What happened, so that a test sees that something does.
  int deaths;
  int landedLate;
  int calledOff;
  int actsAfter;
  boolean doneInTheStorm;

  MoveStory(long seed, Eyes eyes) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    this.eyes = eyes;
    this.oldStore = new Watched(MemoryStorage.create().open(CONTEXT), true);
    this.newStore = new Watched(MemoryStorage.create().open(CONTEXT), false);
  }

  /** Sees every call that reaches a store, whoever made it and however late. */
  private final class Watched extends Wire {
    private final boolean old;

    Watched(Store good, boolean old) {
      super(
          good,
          new Weather() {
            @Override
            public <T> T around(Wire.Kind kind, Supplier<T> call) {
              return call.get();
            }
          });
      this.old = old;
    }

    @Override
    public CommitOutcome commit(Commit commit) {
      CommitOutcome outcome = good.commit(commit);
      if (outcome instanceof CommitOutcome.Committed) {
        if (done && old) {
          throw new Broken("a commit landed in the old store after the switch: " + commit);
        }
        boolean copies =
            commit.guards().stream().anyMatch(guard -> guard.key().equals(Papers.FENCE));
        if (done && copies) {
          throw new Broken("a copy landed in the new store after the switch: " + commit);
        }
        if (!copies) {
          accepted(commit);
        }
        if (old && plan().is(MovePhase.DONE)) {
          done = true;
          doneInTheStorm = stormy;
          equal();
        }
      }
      return outcome;
    }

    private Plan plan() {
      return Plan.of(good.records(List.of(Papers.PLAN)).get(Papers.PLAN));
    }
  }

  /** In whichever store, and in the order in which they landed. */
  private void accepted(Commit commit) {
    for (DedupRow row : commit.dedups()) {
      Long until = submits.put(row.key(), row.expiresAtMillis());
      // By the latest time there is: a sweep may have gone by that.
      if (until != null && until > nowMillis) {
        throw new Broken("a submit was accepted twice: " + row);
      }
    }
  }

  private void equal() {
    // A trim that nobody was told of may have landed since the stream was copied.
    ToLongFunction<StreamKey> floor = key -> oldStore.heads(List.of(key)).get(0).floor();
    Map<String, String> here = Holdings.of(oldStore, nowMillis, floor);
    Map<String, String> there = Holdings.of(newStore, nowMillis, floor);
    checkFloors();
    if (!here.equals(there)) {
      List<String> different = new ArrayList<>();
      here.forEach(
          (key, value) -> {
            if (!value.equals(there.get(key))) {
              different.add(key + " is " + value + ", there " + there.get(key));
            }
          });
      there.forEach(
          (key, value) -> {
            if (!here.containsKey(key)) {
              different.add(key + " is not, there " + value);
            }
          });
      throw new Broken("at the switch: " + String.join("; ", different));
    }
  }

  // ---- nodes -----------------------------------------------------------------------------------

  private final class Node implements Wire.Weather {
    final String name;
    final Move move;
    @Nullable Store store;
    boolean dead;
    boolean working;
    int asleep;

    Node(String name) {
      this.name = name;
      this.move =
          Move.between(
              new Nowhere("old"),
              new Nowhere("new"),
              new MoveOptions(
                  name,
                  Duration.ofSeconds(2),
                  Duration.ofSeconds(5),
                  1 + random.nextInt(6),
                  1,
                  1_000));
    }

    void open() {
      Wire old = eyes.old().apply(oldStore, this);
      Wire fresh = eyes.fresh().apply(newStore, this);
      store = move.opened(old, fresh, nth -> false, () -> {});
    }

    @Override
    public <T> T around(Wire.Kind kind, Supplier<T> call) {
      others();
      if (!stormy) {
        return call.get();
      }
      dies();
      int dice = random.nextInt(200);
      if (dice == 0) {
        throw new StoreException(
            random.nextBoolean() ? Effect.UNAVAILABLE : Effect.TRANSIENT, "not now", null);
      }
      if (dice == 1 && kind == Wire.Kind.WRITES) {
        late.add(call);
        throw new StoreException(Effect.UNKNOWN, "perhaps later", null);
      }
      T result = call.get();
      if (dice == 2 && kind != Wire.Kind.READS) {
        throw new StoreException(Effect.UNKNOWN, "perhaps", null);
      }
      dies();
      others();
      return result;
    }

    private void dies() {
      if (random.nextInt(2_000) == 0) {
        throw new Death();
      }
    }

    /** Another node acts, or another thread of this one. */
    private void others() {
      if (depth < DEPTH && random.nextInt(25) == 0) {
        act(this);
      }
    }
  }

  private record Nowhere(String description) implements Storage {
    @Override
    public Store open(StoreContext context) {
      throw new IllegalStateException("opened by hand");
    }
  }

  // ---- the story -------------------------------------------------------------------------------

  void run() {
    for (int i = 0; i < 2; i++) {
      nodes.add(new Node("node" + names++));
    }
    for (int i = 0; i < STORMY_ACTS; i++) {
      act(null);
    }
    stormy = false;
    int turn = 0;
    while (!done) {
      if (turn++ > MOST_CALM_TURNS) {
        throw new Broken("the move never ends: " + nodes.get(0).move.status());
      }
      act(null);
      calmTurn();
    }
    for (int i = 0; i < 40; i++) {
      actsAfter++;
      act(null);
    }
    land(late.size());
    check();
  }

  private void calmTurn() {
    nowMillis += 400;
    revive();
    for (Node node : List.copyOf(nodes)) {
      safely(
          node,
          () ->
              oneAtATime(
                  node,
                  () -> {
                    node.move.start(nowMillis);
                    MoveStatus status = node.move.work(nowMillis);
                    if (status.phase() == MovePhase.VERIFY && !status.switching()) {
                      node.move.switchOver();
                    }
                  }));
    }
  }

  private void revive() {
    nodes.removeIf(node -> node.dead);
    while (nodes.size() < 2) {
      nodes.add(new Node("node" + names++));
    }
    nodes.forEach(node -> node.asleep = 0);
  }

  private void act(@Nullable Node interrupted) {
    depth++;
    try {
      nowMillis += random.nextInt(interrupted == null ? 200 : 20);
      if (!late.isEmpty() && random.nextInt(6) == 0) {
        land(1);
      }
      Node node = nodes.get(random.nextInt(nodes.size()));
      if (node.dead) {
        if (interrupted == null && random.nextInt(4) == 0) {
          nodes.remove(node);
          nodes.add(new Node(random.nextBoolean() ? node.name : "node" + names++));
        }
        return;
      }
      if (node.asleep > 0) {
        node.asleep--;
        return;
      }
      if (stormy && random.nextInt(80) == 0) {
        node.asleep = random.nextInt(40);
        return;
      }
      if (node.move.isEntering()) {
        return; // a second thread of the node waits where the first one holds a lock
      }
      safely(node, () -> act(node, random.nextInt(20)));
    } finally {
      depth--;
    }
  }

  private void land(int count) {
    for (int i = 0; i < count && !late.isEmpty(); i++) {
      Supplier<?> call = late.remove(random.nextInt(late.size()));
      try {
        if (call.get() != null) {
          landedLate++;
        }
      } catch (StoreException e) {
        // as it would have been
      }
    }
  }

  private void safely(Node node, Runnable deed) {
    if (node.dead) {
      return;
    }
    try {
      if (node.store == null) {
        node.open();
      }
      deed.run();
    } catch (StoreException | IllegalStateException e) {
      // The host tries again, or does not.
    } catch (Death e) {
      node.dead = true;
      deaths++;
    }
  }

  private void act(Node node, int what) {
    Store store = node.store;
    if (store == null) {
      return;
    }
    switch (what) {
      case 0, 1, 2, 3, 4 -> submit(store);
      case 5, 6 -> change(store);
      case 7 -> trim(store);
      case 8 -> store.removeExpiredDedups(nowMillis, 3);
      case 9, 10 -> look(store);
      case 11 -> submitLocked(store);
      case 12 -> oneAtATime(node, () -> host(node));
      default -> oneAtATime(node, () -> work(node));
    }
  }

  private static void oneAtATime(Node node, Runnable deed) {
    if (node.working) {
      return;
    }
    node.working = true;
    try {
      deed.run();
    } finally {
      node.working = false;
    }
  }

  private void host(Node node) {
    if (random.nextBoolean()) {
      node.move.start(nowMillis);
    } else if (!node.move.status().switching()) {
      node.move.switchOver();
    }
  }

  private void work(Node node) {
    int turns = 1 + random.nextInt(4);
    long before = node.move.status().calledOff();
    for (int i = 0; i < turns; i++) {
      node.move.work(nowMillis);
    }
    calledOff += (int) (node.move.status().calledOff() - before);
  }

  // ---- what hosts do ---------------------------------------------------------------------------

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private byte[] text() {
    return ("text " + texts++).getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  private void submit(Store store) {
    StreamKey log = any(LOGS);
    StreamKey inbox = any(INBOXES);
    DedupKey submit = new DedupKey(log, "s", "c" + random.nextInt(12));
    DedupRow known = store.dedups(List.of(submit)).get(submit);
    if (known != null && known.expiresAtMillis() > nowMillis) {
      return;
    }
    List<StreamHead> at = store.heads(List.of(log, inbox));
    long now = nowMillis;
    Commit commit = commit(log, at.get(0), inbox, at.get(1), submit, known != null, now);
    acknowledge(commit, store.commit(commit));
  }

  private Commit commit(
      StreamKey log,
      StreamHead logHead,
      StreamKey inbox,
      StreamHead inboxHead,
      DedupKey submit,
      boolean replaces,
      long now) {
    long seq = logHead.head() + 1;
    long position = inboxHead.head() + 1;
    List<LogRow> logRows = new ArrayList<>();
    for (int i = 0; i < 1 + random.nextInt(2); i++) {
      logRows.add(new LogRow(seq + i, logHead.ordinal() + i + 1, now, 1, text()));
    }
    String key = random.nextInt(3) == 0 ? "k" + random.nextInt(2) : null;
    InboxRow row = new InboxRow(position, 1, 1, log, seq, key, text());
    long expiry = random.nextInt(10) == 0 ? Long.MAX_VALUE : now + random.nextInt(6_000);
    return new Commit(
        now,
        false,
        List.of(new LogAppend(log, seq - 1, random.nextBoolean(), logRows)),
        List.of(new InboxAppend(inbox, position - 1, random.nextBoolean(), List.of(row))),
        List.of(new DedupRow(submit, texts, seq, now, expiry, replaces)),
        List.of(),
        List.of());
  }

  private void submitLocked(Store store) {
    StreamKey log = any(LOGS);
    StreamKey inbox = any(INBOXES);
    DedupKey submit = new DedupKey(log, "locked", "c" + texts);
    Commit[] planned = new Commit[1];
    CommitOutcome outcome =
        store.commitLocked(
            List.of(log, inbox),
            found -> {
              planned[0] =
                  commit(
                      log,
                      found.getOrDefault(log, StreamHead.EMPTY),
                      inbox,
                      found.getOrDefault(inbox, StreamHead.EMPTY),
                      submit,
                      false,
                      nowMillis);
              return java.util.Optional.of(planned[0]);
            });
    if (planned[0] != null) {
      acknowledge(planned[0], outcome);
    }
  }

  private void acknowledge(Commit commit, CommitOutcome outcome) {
    if (!(outcome instanceof CommitOutcome.Committed)) {
      return;
    }
    for (LogAppend append : commit.logs()) {
      for (LogRow row : append.rows()) {
        String before =
            rows.computeIfAbsent(append.log(), any -> new HashMap<>())
                .put(row.seq(), new String(row.payload(), java.nio.charset.StandardCharsets.UTF_8));
        if (before != null) {
          throw new Broken(
              "two messages were accepted as %s #%d".formatted(append.log(), row.seq()));
        }
        heads.merge(append.log(), row.seq(), Math::max);
      }
    }
    commit
        .inboxes()
        .forEach(append -> heads.merge(append.inbox(), append.rows().get(0).position(), Math::max));
  }

  private void change(Store store) {
    RecordKey key =
        new RecordKey(
            random.nextBoolean() ? any(INBOXES) : StreamKey.STORE, "r", "id" + random.nextInt(3));
    var known = store.records(List.of(key)).get(key);
    long version = known == null ? 0 : known.version();
    RecordWrite write =
        switch (random.nextInt(5)) {
          case 0 -> RecordWrite.set(key, 1 + random.nextInt(4), text());
          case 1 -> RecordWrite.raise(key, version + 1, text());
          case 2, 3 -> RecordWrite.remove(key);
          default -> RecordWrite.replace(key, version, version + 1, text());
        };
    store.commit(
        new Commit(
            nowMillis,
            random.nextBoolean(),
            List.of(),
            List.of(),
            List.of(),
            List.of(write),
            List.of()));
  }

  private void trim(Store store) {
    StreamKey stream = random.nextBoolean() ? any(LOGS) : any(INBOXES);
    long head = store.heads(List.of(stream)).get(0).head();
    long through = random.nextBoolean() ? head : head - random.nextInt(3);
    long floor = store.trim(List.of(new Trim(stream, through)), 1 + random.nextInt(5)).get(0);
    floors.merge(stream, floor, Math::max);
  }

  /** Whoever begins to look sees all that was acknowledged before. */
  private void look(Store store) {
    StreamKey stream = random.nextBoolean() ? any(LOGS) : any(INBOXES);
    long acknowledged = heads.getOrDefault(stream, 0L);
    StreamHead seen = store.heads(List.of(stream)).get(0);
    if (seen.head() < acknowledged) {
      throw new Broken(
          "%s is seen at %s, after %d was acknowledged".formatted(stream, seen, acknowledged));
    }
  }

  private void check() {
    for (Map.Entry<StreamKey, Map<Long, String>> log : rows.entrySet()) {
      StreamHead head = newStore.heads(List.of(log.getKey())).get(0);
      Map<Long, String> stored = new HashMap<>();
      newStore
          .readLog(new LogRange(log.getKey(), 1, Long.MAX_VALUE, false, 100_000, Long.MAX_VALUE))
          .rows()
          .forEach(
              row ->
                  stored.put(
                      row.seq(),
                      new String(row.payload(), java.nio.charset.StandardCharsets.UTF_8)));
      log.getValue()
          .forEach(
              (seq, text) -> {
                if (seq > head.floor() && !text.equals(stored.get(seq))) {
                  throw new Broken(
                      "%s #%d was acknowledged as %s and is %s"
                          .formatted(log.getKey(), seq, text, stored.get(seq)));
                }
              });
      if (stored.size() != head.head() - head.floor()) {
        throw new Broken("%s has gaps: %s, %s".formatted(log.getKey(), head, stored));
      }
    }
    checkFloors();
    for (StreamKey inbox : INBOXES) {
      long last = 0;
      for (InboxItem item : newStore.readInbox(inbox, 0, 100_000, Long.MAX_VALUE).items()) {
        if (item.row().position() <= last || inbox.kind() != Kind.INBOX) {
          throw new Broken("rows of %s are out of order".formatted(inbox));
        }
        last = item.row().position();
      }
    }
  }

  /** A floor that was told is believed. */
  private void checkFloors() {
    floors.forEach(
        (stream, floor) -> {
          if (newStore.heads(List.of(stream)).get(0).floor() < floor) {
            throw new Broken("the floor of %s has fallen below %d".formatted(stream, floor));
          }
        });
  }
}
