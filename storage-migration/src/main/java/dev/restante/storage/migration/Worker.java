package dev.restante.storage.migration;

import dev.restante.storage.Commit;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.WalkPage;
import dev.restante.storage.migration.Papers.Fence;
import dev.restante.storage.migration.Papers.Fence.State;
import dev.restante.storage.migration.Papers.Node;
import dev.restante.storage.migration.Papers.Plan;
import dev.restante.storage.migration.Papers.Tour;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one node does for a move. Every step can be the last one: what it leaves is read off the
 * papers, by this node or another one. For one thread at a time.
 *
 * <p>Each turn reads the fence first and the plan afterwards. So if the plan does not say that the
 * move is done, and the fence lets copies pass, then copies guarded on that fence are right: it is
 * closed before the plan says so, and opened again only by who saw, after it was closed, that the
 * plan had gone back.
 */
final class Worker {
  private static final int LITTLE_WAITING = 1_000;
  private static final int BEATS = 5;

  /** More is mirrored in a turn than walked: what changed is what users are waiting on. */
  private static final int MIRRORED_PAGES = 4;

  /** How often a node mirrors when it is closed. */
  private static final int SETTLING = 20;

  private final Store from;
  private final Store to;
  private final Gate gate;
  private final Marks marks;
  private final Counts counts;
  private final Copier copier;
  private final MoveOptions options;

  /** When each other node's entry was seen to change last, by this node's time. */
  private final Map<RecordKey, Sight> sights = new HashMap<>();

  private long lastBeatMillis = Long.MIN_VALUE;

  /** A copy may land later, unless the fence is moved. */
  private boolean fenceIsOpen;

  /** The version of the plan whose freeze this node began. */
  private long frozen = -1;

  /** The version of the plan whose freeze this node saw, and when it saw it first, by its time. */
  private Sight freeze = new Sight(-1, 0);

  private boolean isKnownAsUsed;

  // Read by whoever asks for the status.
  private volatile Tour tour = Tour.NONE;
  private volatile boolean busy;
  private volatile String detail = "";

  private record Sight(long version, long sinceMillis) {}

  Worker(Store from, Store to, Gate gate, Marks marks, Counts counts, MoveOptions options) {
    this.from = from;
    this.to = to;
    this.gate = gate;
    this.marks = marks;
    this.counts = counts;
    this.options = options;
    this.copier = new Copier(from, to, counts, () -> gate.beat(gate.look()));
  }

  boolean busy() {
    return busy;
  }

  String detail() {
    return detail;
  }

  Tour tour() {
    return tour;
  }

  private Fence fence() {
    return Fence.of(to.records(List.of(Papers.FENCE)).get(Papers.FENCE));
  }

  /** When it has returned, nothing that was guarded on the version before lands any more. */
  private @Nullable Fence move(Fence seen, State state, long freeze, String move) {
    Fence next = new Fence(seen.version() + 1, state, freeze, move);
    RecordWrite write =
        RecordWrite.replace(Papers.FENCE, seen.version(), next.version(), next.payload());
    boolean moved =
        Gate.done(
            to.commit(
                new Commit(0, true, List.of(), List.of(), List.of(), List.of(write), List.of())));
    return moved ? next : null;
  }

  /**
   * Mirrors what is left, as far as that can be done soon.
   *
   * @return whether this node leaves nothing that anybody has to look for
   */
  boolean settle() {
    Fence fence = fence();
    Plan plan = gate.enter();
    if (!plan.is(MovePhase.COPY) || usable(plan, fence) == null) {
      return false;
    }
    for (int nth = 0; nth < SETTLING && marks.size() > 0; nth++) {
      mirror();
    }
    return marks.isEmpty() && !fenceIsOpen;
  }

  // ---- what the host asks for ------------------------------------------------------------------

  void start(long nowMillis) {
    Fence fence = fence();
    Plan plan = gate.enter();
    if (!plan.is(MovePhase.BEFORE)) {
      return;
    }
    refuseUnlessEmpty();
    // Of two nodes that start it, both start the one that the new store knows of.
    String move = fence.version() > 0 ? fence.move() : options.node() + "@" + nowMillis;
    if (move(fence, State.COPIED, 0, move) == null) {
      throw busyNow();
    }
    Plan next = new Plan(plan.version(), MovePhase.COPY, plan.doubt() + 1, false, move);
    if (gate.change(plan, next, List.of(RecordWrite.remove(Papers.TOUR))) == null) {
      throw busyNow();
    }
  }

  private void refuseUnlessEmpty() {
    String place = "";
    do {
      WalkPage page = to.walk(place, options.pageSize());
      boolean holds =
          !page.dedups().isEmpty()
              || page.records().stream().anyMatch(key -> !Papers.isPaper(key))
              || to.heads(page.streams()).stream().anyMatch(head -> head.head() > 0);
      if (holds) {
        throw new StoreException(
            Effect.FAULT, "The new store is not empty: nothing can be moved into it", null);
      }
      place = page.next();
    } while (!place.isEmpty());
  }

  void switchOver() {
    Plan plan = gate.enter();
    // Asked for again where differences stand in the way: they may have been mended by hand.
    boolean anew = !plan.wanted() || isDiverged();
    if (plan.is(MovePhase.COPY)
        && anew
        // What was compared before counts for nothing: the switch is made on a fresh look.
        && gate.change(plan, plan.wanted(true).doubted(), List.of()) == null) {
      throw busyNow();
    }
    if (plan.is(MovePhase.BEFORE)) {
      throw new IllegalStateException("The move was not started");
    }
  }

  private boolean isDiverged() {
    Tour last = Tour.of(from.records(List.of(Papers.TOUR)).get(Papers.TOUR));
    return last.ended() && last.diverged() > 0;
  }

  void abandon() {
    Plan plan = gate.enter();
    if (plan.is(MovePhase.DONE)) {
      throw new IllegalStateException("The move is done");
    }
    Plan next = plan.in(MovePhase.BEFORE).wanted(false);
    if (!plan.is(MovePhase.BEFORE) && gate.change(plan, next, List.of()) == null) {
      throw busyNow();
    }
  }

  private static StoreException busyNow() {
    return new StoreException(
        Effect.TRANSIENT, "The plan of the move changed meanwhile; ask again", null);
  }

  // ---- a turn ----------------------------------------------------------------------------------

  void turn(long nowMillis) {
    busy = false;
    detail = "";
    if (gate.isOver()) {
      use();
      return;
    }
    try {
      Fence fence = fence();
      Plan plan = gate.enter();
      switch (plan.phase()) {
        case COPY -> copying(plan, fence, nowMillis);
        case FREEZE -> freezing(plan, fence, nowMillis);
        case DONE -> use();
        default -> {
          // What was marked in a move that was abandoned does no harm in the next one.
        }
      }
    } catch (StoreException e) {
      fenceIsOpen |= e.effect() == Effect.UNKNOWN;
      throw e;
    }
  }

  /** The new store says itself that it is used. */
  private void use() {
    if (!isKnownAsUsed) {
      Fence fence = fence();
      isKnownAsUsed =
          fence.is(State.USED) || move(fence, State.USED, fence.freeze(), fence.move()) != null;
    }
  }

  /** A fence that copies may be guarded on; nothing if there is none yet. */
  private @Nullable Fence usable(Plan plan, Fence fence) {
    if (!fence.move().equals(plan.move())) {
      throw new StoreException(
          Effect.FAULT,
          "The new store is not the one that the move was started with (%s, not %s)"
              .formatted(fence.move(), plan.move()),
          null);
    }
    Fence usable = fence;
    boolean reopens = plan.is(MovePhase.COPY) && !fence.is(State.COPIED);
    if (reopens || fenceIsOpen) {
      if (!reopens && !fence.is(State.COPIED)) {
        return null;
      }
      usable = move(fence, State.COPIED, fence.freeze(), fence.move());
      if (usable == null) {
        busy = true;
        return null;
      }
      fenceIsOpen = false;
    }
    copier.guardedOn(usable.version());
    return usable;
  }

  // ---- copying ---------------------------------------------------------------------------------

  private void copying(Plan plan, Fence seen, long nowMillis) {
    beat(plan, nowMillis);
    List<Node> nodes = gate.nodes();
    observe(nodes, nowMillis);
    if (raisesDoubt(plan) || givesUp(plan, nodes, nowMillis)) {
      busy = true;
      return;
    }
    Fence fence = usable(plan, seen);
    if (fence == null) {
      return;
    }
    mirror();
    tour = Tour.of(from.records(List.of(Papers.TOUR)).get(Papers.TOUR));
    if (tour.ended()) {
      betweenTours(plan, nodes, nowMillis);
    } else if (mayWalk(nodes, nowMillis)) {
      walk();
    }
  }

  private void beat(Plan plan, long nowMillis) {
    long every = options.nodeTimeout().toMillis() / BEATS;
    if (lastBeatMillis == Long.MIN_VALUE
        || nowMillis - lastBeatMillis >= every
        || nowMillis < lastBeatMillis) {
      gate.beat(plan);
      lastBeatMillis = nowMillis;
    }
  }

  private void observe(List<Node> nodes, long nowMillis) {
    sights.keySet().retainAll(nodes.stream().map(Node::key).toList());
    for (Node node : nodes) {
      Sight sight = sights.get(node.key());
      // A clock that was put back begins anew.
      if (sight == null || sight.version() != node.version() || sight.sinceMillis() > nowMillis) {
        sights.put(node.key(), new Sight(node.version(), nowMillis));
      }
    }
  }

  /** For how long no change of a node's entry was seen, in milliseconds. */
  private long silence(Node node, long nowMillis) {
    Sight sight = sights.get(node.key());
    return sight == null || node.key().equals(gate.self()) ? 0 : nowMillis - sight.sinceMillis();
  }

  private boolean isDead(Node node, long nowMillis) {
    return silence(node, nowMillis) >= options.nodeTimeout().toMillis();
  }

  private boolean raisesDoubt(Plan plan) {
    if (!marks.takeOverflow()) {
      return false;
    }
    boolean raised = false;
    try {
      raised = gate.change(plan, plan.doubted(), List.of()) != null;
    } finally {
      if (!raised) {
        marks.overflow();
      }
    }
    return true;
  }

  /** Takes dead nodes off the list. What they have left is found by the next comparison. */
  private boolean givesUp(Plan plan, List<Node> nodes, long nowMillis) {
    List<RecordWrite> removals = dead(nodes, nowMillis);
    if (removals.isEmpty()) {
      return false;
    }
    gate.change(plan, plan.doubted(), removals);
    return true;
  }

  private List<RecordWrite> dead(List<Node> nodes, long nowMillis) {
    return nodes.stream().filter(node -> isDead(node, nowMillis)).map(Gate::removal).toList();
  }

  private void mirror() {
    List<Object> keys = marks.take(MIRRORED_PAGES * options.pageSize());
    Copier.Left left = null;
    try {
      left = copier.copy(keys, 0);
    } finally {
      marks.add(left == null ? keys : left.restless());
    }
    marks.add(left.diverged().keySet());
    counts.mirrored.add(keys.size() - (long) left.restless().size());
    describe(left);
    busy |= !keys.isEmpty() && left.isNothing() && marks.size() > 0;
  }

  private void describe(Copier.Left left) {
    left.diverged().forEach((key, why) -> detail = key + ": " + why);
  }

  // ---- walking through everything --------------------------------------------------------------

  private boolean mayWalk(List<Node> nodes, long nowMillis) {
    if (tour.owner().equals(options.node())) {
      return true;
    }
    boolean owned =
        nodes.stream()
            .anyMatch(
                node ->
                    node.key().equals(Papers.node(tour.owner()))
                        && silence(node, nowMillis) * 2 < options.nodeTimeout().toMillis());
    return !owned && save(tour.ownedBy(options.node()));
  }

  private boolean save(Tour next) {
    RecordWrite write =
        RecordWrite.replace(Papers.TOUR, tour.version(), tour.version() + 1, next.payload());
    if (!gate.write(gate.plan(), List.of(write))) {
      busy = true;
      return false;
    }
    tour =
        new Tour(
            tour.version() + 1,
            next.number(),
            next.doubt(),
            next.ended(),
            next.inNew(),
            next.diverged(),
            next.owner(),
            next.place());
    return true;
  }

  private void walk() {
    WalkPage page = (tour.inNew() ? to : from).walk(tour.place(), options.pageSize());
    List<Object> keys = new ArrayList<>(page.streams());
    if (!tour.inNew()) {
      keys.addAll(page.dedups());
    }
    keys.addAll(page.records());
    boolean compares = tour.number() > 1 && !tour.inNew();
    Copier.Left left = copier.copy(keys, compares ? options.compareEvery() : 0);
    // If this node dies before they are copied, the next tour has them.
    marks.add(left.restless());
    if (tour.number() > 1) {
      counts.mended.add(left.mended());
    }
    describe(left);
    save(tour.onTo(page.next(), left.diverged().size()));
    busy = true;
  }

  private void betweenTours(Plan plan, List<Node> nodes, long nowMillis) {
    if (tour.number() < 2 || tour.doubt() != plan.doubt()) {
      begin(plan);
    } else if (tour.diverged() > 0) {
      detail =
          detail.isEmpty() ? "%d differences cannot be mended".formatted(tour.diverged()) : detail;
    } else if (plan.wanted() && isReady(nodes, nowMillis)) {
      freeze(plan, nowMillis);
    }
  }

  /**
   * What was written under the plan before is there to be walked through, and what was copied under
   * the fence before does not land on what is found equal.
   */
  private void begin(Plan plan) {
    busy = true;
    Plan next = gate.change(plan, plan, List.of());
    if (next != null) {
      Fence fence = fence();
      if (fence.is(State.COPIED)
          && move(fence, State.COPIED, fence.freeze(), fence.move()) != null) {
        save(tour.begun(next.doubt(), options.node()));
      }
    }
  }

  private boolean isReady(List<Node> nodes, long nowMillis) {
    boolean allWork =
        nodes.stream()
            .allMatch(node -> silence(node, nowMillis) * 2 < options.nodeTimeout().toMillis());
    return allWork && marks.ripe() < LITTLE_WAITING && !marks.isOverflown();
  }

  // ---- switching -------------------------------------------------------------------------------

  private void freeze(Plan plan, long nowMillis) {
    Plan next = gate.change(plan, plan.in(MovePhase.FREEZE), List.of());
    busy = true;
    if (next != null) {
      frozen = next.version();
      freezing(next, fence(), nowMillis);
    }
  }

  private void freezing(Plan plan, Fence seen, long nowMillis) {
    List<Node> nodes = gate.nodes();
    observe(nodes, nowMillis);
    if (pauseMillis(plan, nowMillis) > options.longestPause().toMillis()) {
      callOff(plan, nodes, nowMillis);
      return;
    }
    Fence fence = putUp(plan, seen);
    if (fence == null || (!gate.hasDrained(plan) && !drains(plan, fence))) {
      return;
    }
    boolean all = gate.nodes().stream().allMatch(node -> node.drained() == plan.version());
    if (all) {
      finish(plan, fence);
    }
  }

  /** By this node's own time: clocks of nodes differ. One that was put back begins anew. */
  private long pauseMillis(Plan plan, long nowMillis) {
    if (freeze.version() != plan.version() || nowMillis < freeze.sinceMillis()) {
      freeze = new Sight(plan.version(), nowMillis);
    }
    return nowMillis - freeze.sinceMillis();
  }

  /** Only who began the freeze knows that it holds; the others go by the fence. */
  private @Nullable Fence putUp(Plan plan, Fence seen) {
    if (seen.freeze() == plan.version()) {
      return seen;
    }
    if (frozen != plan.version() || !seen.is(State.COPIED)) {
      return null;
    }
    Fence next = move(seen, State.COPIED, plan.version(), seen.move());
    busy |= next == null;
    return next;
  }

  private boolean drains(Plan plan, Fence seen) {
    Fence fence = usable(plan, seen);
    if (fence == null || !fence.is(State.COPIED)) {
      return false;
    }
    List<Object> keys = marks.takeAll();
    Copier.Left left = null;
    try {
      left = copier.copy(keys, 0);
    } finally {
      marks.add(left == null ? keys : left.restless());
    }
    marks.add(left.diverged().keySet());
    describe(left);
    if (!left.isNothing() || marks.isOverflown()) {
      return false;
    }
    counts.mirrored.add(keys.size());
    gate.drained(plan);
    return gate.hasDrained(plan);
  }

  private void finish(Plan plan, Fence seen) {
    Fence closed = move(fresh(seen), State.CLOSED, plan.version(), seen.move());
    if (closed == null) {
      busy = true;
      return;
    }
    if (gate.change(plan, plan.in(MovePhase.DONE).wanted(false), List.of()) != null) {
      move(closed, State.USED, closed.freeze(), closed.move());
    }
    busy = true;
  }

  /** The fence may have been moved since, for a copy whose end was not known. */
  private Fence fresh(Fence seen) {
    Fence now = fence();
    return now.freeze() == seen.freeze() ? now : seen;
  }

  /** Writers go on. Nodes that are dead are given up, and everything is compared once more. */
  private void callOff(Plan plan, List<Node> nodes, long nowMillis) {
    List<RecordWrite> removals = dead(nodes, nowMillis);
    Plan next = plan.in(MovePhase.COPY).wanted(false);
    if (gate.change(plan, removals.isEmpty() ? next : next.doubted(), removals) != null) {
      counts.calledOff.increment();
    }
    busy = true;
  }
}
