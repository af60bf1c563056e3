package dev.restante.simulator;

import dev.restante.RestanteOptions;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.Gap;
import dev.restante.api.LogEntry;
import dev.restante.api.UserId;
import dev.restante.api.sync.DeviceSession;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One story: a population, some nodes, a store, a storm of operations and faults, then calm, in
 * which everything has to come right.
 */
final class Story {
  private static final Duration LONGEST_CALM = Duration.ofMinutes(5);

  private final World world;
  private final Tally tally = new Tally();
  private final StoryPlan plan;
  private final Weather weather;
  private final Ledger ledger;
  private final SimBus bus;
  private final SplittableRandom chance;
  private final @Nullable SimHost host;
  private final @Nullable ApartStore apart;
  private final List<SimNode> nodes = new ArrayList<>();
  private final List<SimDevice> devices = new ArrayList<>();
  private final Map<SubmissionKey, Submission> submissions = new LinkedHashMap<>();
  private final List<ConversationId> groups = new ArrayList<>();
  private final List<Link> links = new ArrayList<>();
  private final Map<ConversationId, Long> headsAfterLoss = new LinkedHashMap<>();
  private static final Set<Invariant> MAY_FOLLOW_A_LOSS =
      EnumSet.of(
          Invariant.SAME_CONTENT,
          Invariant.DELIVERED_TO_ALL,
          Invariant.ORDINALS,
          Invariant.CONVERGENCE);

  /** Counted once for each story in which somebody was left with what the store lost. */
  static final String DIVERGED = "stories that diverged after a loss";

  private final Bars bars = new Bars();
  private boolean diverged;
  private long lostAt = -1;
  private boolean quarantine;
  private final Map<Handed, Integer> handed = new HashMap<>();
  private int lives;
  private int lossesTold;

  /** An entry that a device was handed by a session. */
  private record Handed(DeviceId device, ConversationId conversation, long seq) {}

  /** What names a message. */
  record SubmissionKey(UserId sender, ConversationId conversation, String clientId) {
    static SubmissionKey of(Draft draft) {
      return new SubmissionKey(draft.sender().user(), draft.conversation(), draft.clientId());
    }
  }

  private Story(
      long seed,
      int operations,
      Supplier<Storage> storages,
      UnaryOperator<Store> engineSide,
      boolean traced) {
    SplittableRandom root = new SplittableRandom(seed);
    this.world = new World(root.split(), traced);
    this.plan = StoryPlan.of(root.split(), operations);
    this.weather = new Weather(root.split(), plan.faults(), plan.faultsPerCall());
    this.chance = root.split();
    this.ledger = new Ledger(world, tally, storages, engineSide, plan);
    this.bus = new SimBus(world, tally, weather, ledger, plan, root.split());
    this.host = plan.host() ? new SimHost(this, plan.options()) : null;
    this.apart =
        plan.cursorsApart() || plan.leasesApart()
            ? new ApartStore(world, tally, storages, weather, plan, ledger.leases(), root.split())
            : null;
  }

  /** Runs a story from beginning to end. */
  static StoryResult run(
      long seed,
      int operations,
      Supplier<Storage> storages,
      UnaryOperator<Store> engineSide,
      boolean traced) {
    Story story = new Story(seed, operations, storages, engineSide, traced);
    try {
      story.tell();
    } catch (RuntimeException e) {
      story.violated(Invariant.NO_EXCEPTION, "the story broke: " + Texts.stackTrace(e));
    } finally {
      story.ledger.close();
      story.apart().ifPresent(ApartStore::end);
    }
    if (story.diverged()) {
      story.tally.count(DIVERGED);
    }
    return new StoryResult(
        seed,
        story.tally.faults(),
        story.tally.numbers(),
        List.copyOf(story.world.violations()),
        story.world.digest(),
        story.world.trace());
  }

  private void tell() {
    world.say(() -> "plan: " + plan.faults() + " users " + plan.users().size());
    for (int i = 0; i < plan.nodes(); i++) {
      nodes.add(start(i));
    }
    Operations operations = new Operations(this, chance.split());
    operations.populate();
    for (int i = 0; i < plan.operations() && !world.broken(); i++) {
      tally.count("operations");
      operations.next();
      long gap = (long) (-Math.log(1 - chance.nextDouble()) * plan.meanGapMicros() * 1_000);
      world.runUntil(world.now() + gap);
      nodes.stream().filter(node -> !node.dead()).forEach(node -> node.checkBounds(plan.options()));
    }
    new Calm(this).settle(LONGEST_CALM);
  }

  // ---- what devices and operations ask

  World world() {
    return world;
  }

  Tally tally() {
    return tally;
  }

  StoryPlan plan() {
    return plan;
  }

  RestanteOptions options() {
    return plan.options();
  }

  Weather weather() {
    return weather;
  }

  /** The host whose transactions enqueue messages, if there is one in this story. */
  Optional<SimHost> host() {
    return Optional.ofNullable(host);
  }

  /** Where devices stand, if that is in a store of its own in this story. */
  Optional<ApartStore> apart() {
    return Optional.ofNullable(apart);
  }

  Ledger ledger() {
    return ledger;
  }

  SimBus bus() {
    return bus;
  }

  long now() {
    return world.now();
  }

  /**
   * Tells of a violation. After the store lost writes some can be seen by nobody: the rows were
   * filled again with others before a node or device came by that had seen the first ones. What
   * follows from that is counted and bounded over all stories, not forbidden in each.
   */
  void violated(Invariant invariant, String detail) {
    if (lost() && MAY_FOLLOW_A_LOSS.contains(invariant)) {
      world.say(() -> "diverged after a loss: " + invariant + ", " + detail);
      diverged = true;
      return;
    }
    world.violated(invariant, detail);
  }

  /** Whether somebody was left with what the store lost. */
  boolean diverged() {
    return diverged;
  }

  List<SimNode> nodes() {
    return nodes;
  }

  List<SimDevice> devices() {
    return devices;
  }

  List<ConversationId> groups() {
    return groups;
  }

  List<Link> links() {
    return links;
  }

  Collection<Submission> submissions() {
    return submissions.values();
  }

  void handedOut(DeviceId device, Entry entry) {
    if (entry instanceof LogEntry logEntry) {
      handed.merge(new Handed(device, logEntry.conversation(), logEntry.seq()), 1, Integer::sum);
    }
  }

  /** A node tells that it gave up handing an entry to a device. */
  private void setAside(DeviceId device, Gap gap) {
    tally.count("entries set aside");
    int times = handed.getOrDefault(new Handed(device, gap.conversation(), gap.fromSeq()), 0);
    if (gap.fromSeq() != gap.toSeq() || times < options().maxResends()) {
      violated(
          Invariant.SET_ASIDE_LAST,
          "%s is set aside for %s, which was handed it %d times; the option says %d"
              .formatted(gap, Texts.of(device), times, options().maxResends()));
    }
  }

  void opened(Link link) {
    links.add(link);
  }

  /** Whether a message accepted at that time must still be remembered. */
  boolean within(Instant accepted) {
    return world.instant().isBefore(accepted.plus(plan.options().dedupWindow()).minusSeconds(5));
  }

  /** Whether a message accepted at that time must not be remembered any more at a moment. */
  boolean forgotten(Instant accepted, long moment) {
    return World.BEGINNING
        .plusNanos(moment)
        .isAfter(accepted.plus(plan.options().dedupWindow()).plusSeconds(5));
  }

  /** Whether the store lost writes after that moment. */
  boolean lostSince(long moment) {
    return lostAt >= 0 && moment <= lostAt;
  }

  /** Whether an acknowledgement may be of a write that the store lost before it was told. */
  boolean lostMeanwhile(long startedAt, Acknowledgement ack) {
    return lostSince(startedAt) && ack.seq() > headsAfterLoss.getOrDefault(ack.conversation(), 0L);
  }

  boolean lost() {
    return lostAt >= 0;
  }

  /** Whether devices hold back what they have to say, until a loss has been noticed. */
  boolean quarantine() {
    return quarantine;
  }

  int lossesTold() {
    return lossesTold + nodes.stream().mapToInt(SimNode::lossesTold).sum();
  }

  Bars bars() {
    return bars;
  }

  void shutOut(SimDevice device, DeviceSession.End end) {
    world.say(() -> device + " is shut out: " + end);
  }

  SimDevice addDevice(DeviceId id) {
    SimDevice device = new SimDevice(this, id, chance.split());
    devices.add(device);
    return device;
  }

  Submission submission(Draft draft, boolean ordered) {
    Submission submission = new Submission(this, draft, ordered);
    if (submissions.put(SubmissionKey.of(draft), submission) != null) {
      throw new IllegalStateException("the simulator used a client id twice: " + draft);
    }
    return submission;
  }

  // ---- nodes

  private SimNode start(int index) {
    Duration skew =
        plan.faults().contains(Fault.CLOCK_STEP)
            ? Duration.ofMillis(chance.nextInt(2_000) - 1_000)
            : Duration.ZERO;
    return SimNode.start(
        world,
        tally,
        weather,
        ledger,
        bus,
        host,
        apart,
        plan,
        this::setAside,
        index,
        lives++ < plan.nodes() ? 0 : lives,
        skew,
        chance.split());
  }

  List<SimNode> serving() {
    return nodes.stream().filter(SimNode::serves).toList();
  }

  /** The node dies now; another life begins a while later. */
  void crash(SimNode node, Duration until) {
    tally.count(Fault.NODE_CRASH);
    kill(node);
    world.after(until, null, () -> replace(node));
  }

  private void kill(SimNode node) {
    world.say(() -> node + " dies");
    node.tallyCounters();
    node.die();
    for (SimDevice device : devices) {
      Duration notices = Duration.ofMillis(chance.nextInt(800));
      world.after(notices, null, () -> device.lostNode(node));
    }
  }

  void replace(SimNode node) {
    int at = nodes.indexOf(node);
    if (at >= 0 && node.dead()) {
      lossesTold += node.lossesTold();
      nodes.set(at, start(node.index()));
    }
  }

  /** Closes a node in good order; another life begins a while later. */
  void close(SimNode node, Duration until) {
    tally.count(Fault.NODE_CLOSED);
    new Closing(this, node).run();
    world.after(until, null, () -> replace(node));
  }

  /** Takes the store back, as a failover to a lagging replica does, and starts the nodes anew. */
  void loseWrites(int writes) {
    for (SimDevice device : devices) {
      device.disconnect();
    }
    boolean nodesDieToo = chance.nextBoolean();
    if (nodesDieToo) {
      nodes.stream().filter(node -> !node.dead()).forEach(this::kill);
    }
    weather.outage(false);
    ledger.rewind(Math.max(0, ledger.writeCount() - writes));
    lostAt = world.now();
    headsAfterLoss.putAll(ledger.heads());
    world.say(() -> "the store lost its last " + writes + " writes");
    for (Submission submission : submissions.values()) {
      Acknowledgement ack = submission.acknowledgement();
      if (ack != null && ack.seq() > ledger.head(ack.conversation())) {
        submission.lose();
        tally.count("acknowledgements lost");
      }
    }
    quarantine = true;
    List.copyOf(nodes).forEach(this::replace);
    new Witness(this).begin();
  }

  void endQuarantine() {
    quarantine = false;
    devices.forEach(SimDevice::flush);
  }

  // ---- helpers

  List<SimDevice> devices(Predicate<SimDevice> which) {
    return devices.stream().filter(which).toList();
  }
}
