package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.NOW;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.bytes;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.nothing;
import static dev.restante.storage.tck.Samples.remembered;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.cells.CellStore;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Unfinished;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Shows that commits across cells are all or nothing: one by one, every step is the one before
 * which a process dies, and the one whose answer never comes and which lands at every later moment;
 * and several stores take their steps in every order with two switches, and in many by chance.
 */
final class CellProof {
  /** How an engine is made: the right one, or a mutant. */
  interface Making {
    MemoryCells make(MemoryCells.Shared shared, MemoryCells.Form form, MemoryCells.Steps steps);
  }

  private static final StreamKey LOG = StreamKey.log(TENANT, "log");
  private static final StreamKey ALICE = StreamKey.inbox(TENANT, "alice");
  private static final StreamKey BOB = StreamKey.inbox(TENANT, "bob");
  private static final RecordKey DEVICES = new RecordKey(ALICE, "devices", "");
  private static final RecordKey GROUP = new RecordKey(StreamKey.log(TENANT, "group"), "group", "");
  private static final DedupKey SUBMIT = new DedupKey(LOG, "alice", "second");

  private final Making making;
  private final MemoryCells.Form form;

  CellProof(Making making, MemoryCells.Form form) {
    this.making = making;
    this.form = form;
  }

  /** A store that is opened now, which repairs what it finds. */
  private Store open(MemoryCells.Shared shared) {
    return CellStore.open(making.make(shared, form, MemoryCells.AT_ONCE));
  }

  /** A store that was open before anything happened. */
  private Store bystander(MemoryCells.Shared shared, MemoryCells.Steps steps) {
    MemoryCells engine = making.make(shared, form, steps);
    engine.opening = true;
    Store store = CellStore.open(engine);
    engine.opening = false;
    return store;
  }

  private Store bystander(MemoryCells.Shared shared) {
    return bystander(shared, MemoryCells.AT_ONCE);
  }

  // ---- one commit ------------------------------------------------------------------------------

  private MemoryCells.Shared prepared() {
    MemoryCells.Shared shared = new MemoryCells.Shared();
    CommitOutcome outcome =
        open(shared)
            .commit(
                commit()
                    .log(LOG, row(1, "first"))
                    .inbox(ALICE, keyed(1, "first"))
                    .record(RecordWrite.set(DEVICES, 1, nothing()))
                    .record(RecordWrite.set(GROUP, 1, nothing()))
                    .build());
    assertThat(outcome).isEqualTo(CommitOutcome.COMMITTED);
    return shared;
  }

  /**
   * A bit of everything: rows, a compaction, a submit, a record that others may guard, and one that
   * is only guarded.
   */
  private static CommitBuilder second() {
    return commit()
        .exclusive()
        .log(LOG, row(2, "second"))
        .inbox(ALICE, keyed(2, "second"), reference(3, 2))
        .inbox(BOB, reference(1, 2))
        .dedup(remembered(SUBMIT, 2, Long.MAX_VALUE))
        .record(RecordWrite.replace(DEVICES, 1, 2, nothing()))
        .guard(GROUP, 1);
  }

  /** What another writer adds to whatever he finds. */
  private static Commit third(Store store) {
    List<StreamHead> heads = store.heads(List.of(LOG, ALICE, BOB));
    long devices = version(store, DEVICES);
    long group = version(store, GROUP);
    return commit()
        .log(LOG, row(heads.get(0).head() + 1, "third"))
        .inbox(ALICE, reference(heads.get(1).head() + 1, heads.get(0).head() + 1))
        .inbox(BOB, reference(heads.get(2).head() + 1, heads.get(0).head() + 1))
        .record(RecordWrite.replace(DEVICES, devices, devices + 1, nothing()))
        .exclusive()
        .record(RecordWrite.replace(GROUP, group, group + 1, nothing()))
        .build();
  }

  private static final String BEFORE = "log [first] alice [first] bob [] submit false devices 1";
  private static final String AFTER =
      "log [first, second] alice [second, ->second] bob [->second] submit true devices 2";

  private static String view(Store store) {
    String rows = payloads(store.readLog(new LogRange(LOG, 1, 9, false, 9, 999)).rows());
    return "log %s alice %s bob %s submit %s devices %d"
        .formatted(
            rows,
            shown(store, ALICE),
            shown(store, BOB),
            !store.dedups(List.of(SUBMIT)).isEmpty(),
            version(store, DEVICES));
  }

  private static String shown(Store store, StreamKey inbox) {
    return store.readInbox(inbox, 0, 9, 999).items().stream()
        .map(CellProof::shown)
        .toList()
        .toString();
  }

  private static String shown(InboxItem item) {
    if (item.row().log() == null) {
      return text(item.row().payload());
    }
    LogRow referred = item.logRow();
    return "->" + (referred == null ? "nothing" : text(referred.payload()));
  }

  private static String withThird(String view) {
    return view.equals(BEFORE)
        ? "log [first, third] alice [first, ->third] bob [->third] submit false devices 2"
        : "log [first, second, third] alice [second, ->second, ->third] bob [->second, ->third]"
            + " submit true devices 3";
  }

  // ---- somebody dies ---------------------------------------------------------------------------

  /** Kills the owner before each step; then whoever comes next before each of his. */
  int everyDeath() {
    int cases = 0;
    for (int at = 0; ; at++) {
      MemoryCells.Shared untouched = prepared();
      CellFaults faults = CellFaults.kill(at);
      boolean returned = killed(bystander(untouched, faults), Store::commit);
      cases += afterDeath(at, returned);
      if (!faults.happened()) {
        assertThat(returned).as("a commit that nothing disturbed").isTrue();
        assertThat(at).as("steps of a commit").isGreaterThan(10);
        return cases;
      }
    }
  }

  private interface Act {
    void on(Store store, Commit commit);
  }

  private static boolean killed(Store store, Act act) {
    try {
      act.on(store, second().build());
      return true;
    } catch (CellFaults.Killed e) {
      return false;
    }
  }

  private MemoryCells.Shared dead(int at) {
    MemoryCells.Shared shared = prepared();
    killed(bystander(shared, CellFaults.kill(at)), Store::commit);
    return shared;
  }

  private int afterDeath(int at, boolean returned) {
    String seen = view(bystander(dead(at)));
    assertThat(seen).as("what is there after a death before step %d", at).isIn(BEFORE, AFTER);
    if (returned) {
      assertThat(seen).isEqualTo(AFTER);
    }
    int cases = 1;
    List<Act> next =
        List.of(
            (store, any) -> view(store),
            (store, any) -> store.removeExpiredDedups(0, 1),
            (store, any) -> committed(store, third(store)),
            (store, any) -> store.trim(List.of(new Trim(BOB, 99), new Trim(LOG, 0)), 99));
    for (int who = 0; who < next.size(); who++) {
      for (int second = 0; ; second++) {
        MemoryCells.Shared shared = dead(at);
        CellFaults faults = CellFaults.kill(second);
        Store helper = bystander(shared, faults);
        boolean done = killed(helper, next.get(who));
        String as =
            "death before step %d, then of %d before its step %d".formatted(at, who, second);
        if (who < 2) {
          assertThat(view(bystander(shared))).as(as).isEqualTo(seen);
        } else if (who == 2) {
          assertThat(view(bystander(shared))).as(as).isIn(seen, withThird(seen));
        } else {
          trimmed(shared, seen, done, as);
        }
        everythingIsTidy(shared, as);
        cases++;
        if (!faults.happened()) {
          assertThat(done).isTrue();
          break;
        }
      }
    }
    return cases;
  }

  private void trimmed(MemoryCells.Shared shared, String seen, boolean done, String as) {
    StreamHead bob = bystander(shared).heads(List.of(BOB)).get(0);
    assertThat(bob.head()).as(as).isEqualTo(seen.equals(AFTER) ? 1 : 0);
    if (done) {
      assertThat(bob.floor()).as(as).isEqualTo(bob.head());
    }
  }

  /** After a repair nothing is left of any transaction, and the state is what it was. */
  private void everythingIsTidy(MemoryCells.Shared shared, String as) {
    String before = view(bystander(shared));
    Store repairing = open(shared);
    repairing.removeExpiredDedups(0, 1);
    assertThat(view(repairing)).as(as).isEqualTo(before);
    assertThat(shared.records).as(as).isEmpty();
    committed(repairing, third(repairing));
    assertThat(shared.intents).as(as).isEmpty();
    assertThat(shared.records).as(as).isEmpty();
  }

  // ---- an answer never comes -------------------------------------------------------------------

  /** Each step of the owner is lost; it lands after each later step, of whoever it is. */
  int everyLateLanding() {
    int cases = 0;
    for (int lost = 0; lost < 3; lost++) {
      for (int at = 0; ; at++) {
        int landings = lateLandings(at, lost);
        cases += landings;
        if (landings == 0) {
          assertThat(at).as("steps of a commit").isGreaterThan(10);
          break;
        }
      }
    }
    return cases;
  }

  private int lateLandings(int at, int lost) {
    for (int when = 0; ; when++) {
      Landing landing = new Landing(CellFaults.late(at, lost), when);
      MemoryCells.Shared shared = prepared();
      String as = "step %d and %d more lost, landing after %d".formatted(at, lost, when);
      Store owner = landing.watching(this, shared, landing.faults);
      @Nullable Effect effect = null;
      try {
        assertThat(owner.commit(second().build())).as(as).isEqualTo(CommitOutcome.COMMITTED);
      } catch (StoreException e) {
        effect = e.effect();
      }
      if (!landing.faults.happened()) {
        return when;
      }
      Store other = landing.watching(this, shared, MemoryCells.AT_ONCE);
      String seen = view(other);
      other.removeExpiredDedups(0, 1);
      boolean third = other.commit(third(other)).equals(CommitOutcome.COMMITTED);
      other.removeExpiredDedups(0, 1);
      boolean landed = landing.done();
      landing.faults.land();
      other.removeExpiredDedups(0, 1);
      String end = view(other);
      assertThat(end)
          .as(as + ", " + effect + ", seen before: " + seen)
          .isIn(possible(effect, third));
      if (!third) {
        assertThat(effect).as(as + ": only the unknown comes between").isEqualTo(Effect.UNKNOWN);
      }
      everythingIsTidy(shared, as);
      if (!landed) {
        return when + 1;
      }
    }
  }

  /** What may be there at the end, by what the owner was told. */
  private static List<String> possible(@Nullable Effect effect, boolean third) {
    List<String> possible = new ArrayList<>();
    if (effect == null || effect == Effect.UNKNOWN) {
      possible.add(third ? withThird(AFTER) : AFTER);
    }
    if (effect != null) {
      possible.add(third ? withThird(BEFORE) : BEFORE);
    }
    return possible;
  }

  /** Lets a late step land after some more steps of anybody. */
  private static final class Landing {
    final CellFaults faults;
    private int left;

    Landing(CellFaults faults, int when) {
      this.faults = faults;
      this.left = when;
    }

    boolean done() {
      return left < 0;
    }

    Store watching(CellProof proof, MemoryCells.Shared shared, MemoryCells.Steps steps) {
      return proof.bystander(
          shared,
          new MemoryCells.Steps() {
            @Override
            public <T> T take(String name, boolean writes, Supplier<T> step) {
              if (faults.happened() && left-- == 0) {
                faults.land();
              }
              return steps.take(name, writes, step);
            }

            @Override
            public void pause(int nth) {
              // Time passes in steps only.
            }
          });
    }
  }

  // ---- somebody wakes up -----------------------------------------------------------------------

  /**
   * The owner is kept waiting at his first cell by one who died; meanwhile others look for what is
   * unfinished. One of them ends what it found, another stops before it does, and goes on when the
   * owner has told his commit, or in the middle of it.
   */
  int everyLateHelper() {
    int cases = 0;
    for (int wakes = 0; ; wakes++) {
      MemoryCells.Shared shared = prepared();
      killed(bystander(shared, CellFaults.kill(stepsUntilDecided())), Store::commit);
      MemoryCells helper = making.make(shared, form, MemoryCells.AT_ONCE);
      LateHelper late = new LateHelper(helper, Set.copyOf(shared.records.keySet()), wakes);
      Store owner = bystander(shared, late);
      committed(owner, third(owner));
      boolean inTime = late.woken();
      late.wake();
      assertThat(view(bystander(shared)))
          .as("a helper that wakes after %d steps", wakes)
          .isEqualTo(withThird(BEFORE));
      everythingIsTidy(shared, "a late helper");
      cases++;
      if (!inTime) {
        assertThat(late.found).as("transactions that others found at the first cell").isPositive();
        return cases;
      }
    }
  }

  /** A step after which all cells are taken, and nothing is decided. */
  private int stepsUntilDecided() {
    int[] decides = {-1};
    int[] taken = {0};
    bystander(
            prepared(),
            new MemoryCells.Steps() {
              @Override
              public <T> T take(String name, boolean writes, Supplier<T> step) {
                if (name.equals("decide") && decides[0] < 0) {
                  decides[0] = taken[0];
                }
                taken[0]++;
                return step.get();
              }

              @Override
              public void pause(int nth) {
                // Nobody is there to wait for.
              }
            })
        .commit(second().build());
    return decides[0];
  }

  /** Steps of an owner, between which others come. */
  private static final class LateHelper implements MemoryCells.Steps {
    private final MemoryCells helper;
    private final Set<String> dead;
    private int left;
    private @Nullable Runnable asleep;
    int found;

    LateHelper(MemoryCells helper, Set<String> dead, int wakes) {
      this.helper = helper;
      this.dead = dead;
      this.left = wakes;
    }

    boolean woken() {
      return left < 0;
    }

    void wake() {
      Runnable rest = asleep;
      asleep = null;
      if (rest != null) {
        rest.run();
      }
    }

    @Override
    public <T> T take(String name, boolean writes, Supplier<T> step) {
      T result = step.get();
      if (name.equals("prepare") && asleep == null && found == 0) {
        helper.unfinished(9).stream()
            .filter(each -> !dead.contains(each.transaction()))
            .findFirst()
            .ifPresent(this::end);
      } else if (found > 0 && left-- == 0) {
        wake();
      }
      return result;
    }

    /** One ends it; the other has seen that it is aborted, and goes on later. */
    private void end(Unfinished each) {
      found++;
      helper.decide(each.transaction(), Decision.ABORTED);
      helper.settle(each.transaction(), false, each.cells());
      helper.forget(each.transaction());
      asleep =
          () -> {
            helper.settle(each.transaction(), false, each.cells());
            helper.forget(each.transaction());
          };
    }

    @Override
    public void pause(int nth) {
      // Time passes in steps only.
    }
  }

  // ---- several at once -------------------------------------------------------------------------

  private List<Story> stories() {
    return List.of(new SameInboxes(), new Removed(), new OneCell(), new Ring(2), new Ring(3));
  }

  /** So many orders by chance. */
  int ordersByChance(int count) {
    for (Story story : stories()) {
      for (int seed = 0; seed < count; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        tell(story, (step, current, left) -> left.get(random.nextInt(left.size())));
      }
    }
    return count * stories().size();
  }

  /** Orders in which all go in turn, some steps each, while one has a lead. */
  int ordersInStep(int lead) {
    int cases = 0;
    for (Story story : stories()) {
      for (int first = 0; first <= lead; first++) {
        for (int each = 1; each <= 3; each++) {
          tell(story, new InStep(first, each));
          cases++;
        }
      }
    }
    return cases;
  }

  /** Everybody has the turn for so many steps, the first one for some more in the beginning. */
  private record InStep(int lead, int each) implements CellTurns.Order {
    @Override
    public int next(int step, int current, List<Integer> left) {
      int round = Math.max(0, step - lead) / each;
      return left.get(round % left.size());
    }
  }

  /** All orders with up to two switches. */
  int everyOrder() {
    int cases = 0;
    for (Story story : stories()) {
      int steps = tell(story, new Switches(List.of()));
      for (int one = 0; one <= 2 * steps; one++) {
        for (int to = 0; to < story.actors(); to++) {
          Switches first = new Switches(List.of(new int[] {one, to}));
          int length = tell(story, first);
          cases++;
          if (first.made < 1) {
            continue;
          }
          for (int two = one + 1; two < length; two++) {
            for (int back = 0; back < story.actors(); back++) {
              if (back != to) {
                tell(story, new Switches(List.of(new int[] {one, to}, new int[] {two, back})));
                cases++;
              }
            }
          }
        }
      }
    }
    return cases;
  }

  private int tell(Story story, CellTurns.Order order) {
    MemoryCells.Shared shared = prepared();
    try {
      return story.tell(shared, order);
    } catch (AssertionError e) {
      throw new AssertionError("With " + order + ": " + e.getMessage(), e);
    }
  }

  /** Goes on with whoever has the turn, but for some switches. */
  private static final class Switches implements CellTurns.Order {
    private final List<int[]> switches;
    int made;

    Switches(List<int[]> switches) {
      this.switches = switches;
    }

    @Override
    public int next(int step, int current, List<Integer> left) {
      for (int[] each : switches) {
        if (each[0] == step && left.contains(each[1])) {
          made += each[1] == current ? 0 : 1;
          return each[1];
        }
      }
      return left.contains(current) ? current : left.get(0);
    }

    @Override
    public String toString() {
      return "switches " + switches.stream().map(Arrays::toString).toList();
    }
  }

  private interface Story {
    int actors();

    int tell(MemoryCells.Shared shared, CellTurns.Order order);
  }

  /** Two append to the same two inboxes; a reader must see them alike. */
  private final class SameInboxes implements Story {
    @Override
    public int actors() {
      return 3;
    }

    @Override
    public int tell(MemoryCells.Shared shared, CellTurns.Order order) {
      List<String> done = new ArrayList<>();
      StreamKey one = StreamKey.inbox(TENANT, "one");
      StreamKey two = StreamKey.inbox(TENANT, "two");
      CellTurns.Actor reader =
          steps -> {
            Store store = bystander(shared, steps);
            for (int round = 0; round < 2; round++) {
              List<StreamHead> heads = store.heads(List.of(two, one));
              assertThat(heads.get(0))
                  .as("heads that always move together")
                  .isEqualTo(heads.get(1));
              String ofOne = shown(store, one);
              String ofTwo = shown(store, two);
              assertThat(ofOne + ofTwo).doesNotContain("nothing");
              assertThat(ofTwo).startsWith(ofOne.substring(0, ofOne.length() - 1));
            }
          };
      int steps =
          CellTurns.run(
              order,
              List.of(
                  turn -> write(bystander(shared, turn), "x", List.of(one, two), done),
                  turn -> write(bystander(shared, turn), "y", List.of(two, one), done),
                  reader));
      Store after = open(shared);
      assertThat(shown(after, one)).isEqualTo(shown(after, two));
      for (StreamKey each : List.of(one, two)) {
        assertThat(after.readInbox(each, 0, 9, 999).items())
            .extracting(CellProof::shown)
            .containsExactlyInAnyOrderElementsOf(done);
      }
      return steps;
    }
  }

  private static void write(Store store, String name, List<StreamKey> inboxes, List<String> done) {
    StreamKey log = StreamKey.log(TENANT, name);
    for (int attempt = 0; attempt < 3; attempt++) {
      CommitBuilder builder = commit().log(log, row(1, name));
      for (StreamKey inbox : inboxes) {
        long next = store.heads(List.of(inbox)).get(0).head() + 1;
        builder.inbox(inbox, InboxRow.reference(next, 1, log, 1));
      }
      builder.dedup(remembered(new DedupKey(log, "alice", name), 1, Long.MAX_VALUE));
      if (succeeds(store, builder.build())) {
        synchronized (done) {
          done.add("->" + name);
        }
        return;
      }
    }
  }

  /** One writes as a member, one removes him, one repairs. */
  private final class Removed implements Story {
    @Override
    public int actors() {
      return 3;
    }

    @Override
    public int tell(MemoryCells.Shared shared, CellTurns.Order order) {
      AtomicInteger headThen = new AtomicInteger(Integer.MAX_VALUE);
      List<String> done = new ArrayList<>();
      int steps =
          CellTurns.run(
              order,
              List.of(
                  turn -> asMember(bystander(shared, turn), done),
                  turn -> {
                    Store store = bystander(shared, turn);
                    CommitBuilder change =
                        commit()
                            .exclusive()
                            .record(RecordWrite.replace(GROUP, 1, 2, nothing()))
                            .record(RecordWrite.raise(DEVICES, 2, nothing()));
                    if (succeeds(store, change.build())) {
                      headThen.set((int) store.heads(List.of(LOG)).get(0).head());
                    }
                  },
                  turn -> bystander(shared, turn).removeExpiredDedups(0, 1)));
      Store after = open(shared);
      List<LogRow> rows = after.readLog(new LogRange(LOG, 2, 9, false, 9, 999)).rows();
      assertThat(rows).extracting(row -> text(row.payload())).containsExactlyElementsOf(done);
      assertThat(rows)
          .filteredOn(row -> row.seq() > headThen.get())
          .as("rows that appeared after the member was removed")
          .allSatisfy(row -> assertThat(text(row.payload())).startsWith("under 2"));
      assertThat(shown(after, BOB))
          .isEqualTo(done.stream().map(each -> "->" + each).toList().toString());
      return steps;
    }

    private void asMember(Store store, List<String> done) {
      for (int n = 0; n < 2; n++) {
        long version = version(store, GROUP);
        List<StreamHead> heads = store.heads(List.of(LOG, BOB));
        String text = "under " + version + " #" + n;
        CommitBuilder message =
            commit()
                .log(LOG, row(heads.get(0).head() + 1, text))
                .inbox(BOB, reference(heads.get(1).head() + 1, heads.get(0).head() + 1))
                .guard(GROUP, version);
        if (succeeds(store, message.build())) {
          synchronized (done) {
            done.add(text);
          }
        }
      }
    }
  }

  /**
   * Exclusive commits, each of which is guarded on what the next one changes, and the last on what
   * the first does. Not all of them can be, but one can: they must not end each other for ever.
   */
  private final class Ring implements Story {
    private static final List<RecordKey> KEYS =
        List.of(DEVICES, GROUP, new RecordKey(BOB, "devices", ""));
    private static final List<Integer> VERSIONS = List.of(1, 1, 0);

    private final int size;

    Ring(int size) {
      this.size = size;
    }

    @Override
    public int actors() {
      return size;
    }

    @Override
    public int tell(MemoryCells.Shared shared, CellTurns.Order order) {
      List<CommitOutcome> outcomes = Collections.synchronizedList(new ArrayList<>());
      int begun = shared.begun.size();
      int steps =
          CellTurns.run(
              order,
              IntStream.range(0, size)
                  .<CellTurns.Actor>mapToObj(
                      i -> turn -> outcomes.add(bystander(shared, turn).commit(change(i))))
                  .toList());
      Store after = open(shared);
      long changed =
          IntStream.range(0, size)
              .filter(i -> version(after, KEYS.get(i)) == VERSIONS.get(i) + 1)
              .count();
      assertThat(outcomes).filteredOn(CommitOutcome.COMMITTED::equals).hasSize((int) changed);
      assertThat(changed).as("of %d in a ring", size).isBetween(1L, size - 1L);
      assertThat(shared.begun.size() - begun)
          .as("beginnings of %d", size)
          .isLessThanOrEqualTo(3 * size);
      return steps;
    }

    private Commit change(int i) {
      int next = (i + 1) % size;
      return commit()
          .exclusive()
          .record(RecordWrite.replace(KEYS.get(i), VERSIONS.get(i), VERSIONS.get(i) + 1, nothing()))
          .guard(KEYS.get(next), VERSIONS.get(next))
          .build();
    }
  }

  /** One commits across cells, one to a single cell of these, one trims it. */
  private final class OneCell implements Story {
    @Override
    public int actors() {
      return 3;
    }

    @Override
    public int tell(MemoryCells.Shared shared, CellTurns.Order order) {
      Set<String> done = new TreeSet<>();
      List<Long> floor = new ArrayList<>();
      int steps =
          CellTurns.run(
              order,
              List.of(
                  turn -> append(bystander(shared, turn), done, "x", true),
                  turn -> append(bystander(shared, turn), done, "y", false),
                  turn -> {
                    Store store = bystander(shared, turn);
                    long head = store.heads(List.of(LOG)).get(0).head();
                    floor.addAll(store.trim(List.of(new Trim(LOG, head)), 99));
                    assertThat(floor.get(0)).as("floor").isEqualTo(head);
                  }));
      Store after = open(shared);
      StreamHead head = after.heads(List.of(LOG)).get(0);
      assertThat(head.head())
          .as("head after the first row and %s", done)
          .isEqualTo(1L + done.size());
      assertThat(head.floor()).isEqualTo(floor.get(0));
      List<LogRow> rows = after.readLog(new LogRange(LOG, 1, 9, false, 9, 999)).rows();
      assertThat(rows).hasSize((int) (head.head() - head.floor()));
      assertThat(done)
          .containsAll(
              rows.stream()
                  .map(row -> text(row.payload()))
                  .filter(text -> !text.equals("first"))
                  .toList());
      return steps;
    }

    private void append(Store store, Set<String> done, String name, boolean across) {
      for (int n = 0; n < 2; n++) {
        long next = store.heads(List.of(LOG)).get(0).head() + 1;
        CommitBuilder builder = commit().verifiedLog(LOG, row(next, name + n));
        if (across) {
          builder.record(RecordWrite.set(DEVICES, 1, nothing())).inbox(BOB, note(store, BOB));
        }
        if (succeeds(store, builder.build())) {
          synchronized (done) {
            done.add(name + n);
          }
        }
      }
    }

    private static InboxRow note(Store store, StreamKey inbox) {
      return Samples.note(store.heads(List.of(inbox)).get(0).head() + 1);
    }
  }

  /**
   * Two who want the same two inboxes, in so many orders by chance: how often one of them looked in
   * vain in the course of a commit. He who looks as often as he has patience ends the other.
   */
  int mostLooksInVain(int orders) {
    int most = 0;
    for (int seed = 0; seed < orders; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      MemoryCells.Shared shared = prepared();
      List<Impatience> writers = List.of(new Impatience(), new Impatience());
      List<StreamKey> inboxes = List.of(ALICE, BOB);
      CellTurns.run(
          (step, current, left) -> left.get(random.nextInt(left.size())),
          List.of(
              turn -> appendOnce(bystander(shared, writers.get(0).of(turn)), "x", inboxes),
              turn -> appendOnce(bystander(shared, writers.get(1).of(turn)), "y", inboxes)));
      assertThat(open(shared).heads(inboxes))
          .extracting(StreamHead::head)
          .as("heads after two who wrote one after the other")
          .containsExactly(3L, 2L);
      most = Math.max(most, Math.max(writers.get(0).most, writers.get(1).most));
    }
    return most;
  }

  /** Until he is the first to come. */
  private static void appendOnce(Store store, String name, List<StreamKey> inboxes) {
    StreamKey log = StreamKey.log(TENANT, name);
    CommitOutcome outcome;
    do {
      CommitBuilder builder = commit().log(log, row(1, name));
      List<StreamHead> heads = store.heads(inboxes);
      for (int i = 0; i < inboxes.size(); i++) {
        builder.inbox(inboxes.get(i), Samples.note(heads.get(i).head() + 1));
      }
      outcome = store.commit(builder.build());
    } while (!outcome.equals(CommitOutcome.COMMITTED));
  }

  /** Counts how often its actor paused between two steps that wrote. */
  private static final class Impatience {
    private int inARow;
    int most;

    MemoryCells.Steps of(MemoryCells.Steps turn) {
      return new MemoryCells.Steps() {
        @Override
        public <T> T take(String name, boolean writes, Supplier<T> step) {
          if (name.equals("begin") || name.equals("decide")) {
            inARow = 0;
          }
          return turn.take(name, writes, step);
        }

        @Override
        public void pause(int nth) {
          most = Math.max(most, ++inARow);
          turn.pause(nth);
        }
      };
    }
  }

  // ---- small things ----------------------------------------------------------------------------

  private static boolean succeeds(Store store, Commit commit) {
    try {
      return store.commit(commit).equals(CommitOutcome.COMMITTED);
    } catch (StoreException e) {
      assertThat(e.effect()).isEqualTo(Effect.TRANSIENT);
      return false;
    }
  }

  private static void committed(Store store, Commit commit) {
    assertThat(store.commit(commit)).isEqualTo(CommitOutcome.COMMITTED);
  }

  private static long version(Store store, RecordKey key) {
    StoredRecord stored = store.records(List.of(key)).get(key);
    return stored == null ? 0 : stored.version();
  }

  private static LogRow row(long seq, String text) {
    return new LogRow(seq, seq, NOW, 0, bytes(text));
  }

  private static InboxRow keyed(long position, String text) {
    return new InboxRow(position, 1, 0, null, 0, "key", bytes(text));
  }

  private static InboxRow reference(long position, long seq) {
    return InboxRow.reference(position, 1, LOG, seq);
  }

  private static String payloads(List<LogRow> rows) {
    return rows.stream().map(row -> text(row.payload())).toList().toString();
  }

  private static String text(byte[] payload) {
    return new String(payload, UTF_8);
  }
}
