package dev.restante.simulator;

import static java.util.Objects.requireNonNull;

import dev.restante.Counters;
import dev.restante.Health;
import dev.restante.Resources;
import dev.restante.Restante;
import dev.restante.RestanteBuilder;
import dev.restante.RestanteListener;
import dev.restante.RestanteOptions;
import dev.restante.Timers;
import dev.restante.api.DeviceId;
import dev.restante.api.Gap;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One life of one node, from its start to its crash or close. */
final class SimNode extends Actor {
  private final World world;
  private final Tally tally;
  private final int index;
  private final int life;
  private final SplittableRandom chance;
  private final Map<Long, String> pending = new LinkedHashMap<>();
  private @Nullable Restante restante;
  private long skewNanos;
  private long requests;
  private int lossesTold;
  private boolean partitioned;
  private boolean offTheBus;
  private boolean closing;

  private SimNode(World world, Tally tally, int index, int life, SplittableRandom chance) {
    this.world = world;
    this.tally = tally;
    this.index = index;
    this.life = life;
    this.chance = chance;
  }

  static SimNode start(
      World world,
      Tally tally,
      Weather weather,
      Ledger ledger,
      SimBus bus,
      @Nullable SimHost host,
      @Nullable ApartStore apart,
      StoryPlan plan,
      BiConsumer<DeviceId, Gap> setAside,
      int index,
      int life,
      Duration skew,
      SplittableRandom chance) {
    RestanteOptions options = plan.options();
    SimNode node = new SimNode(world, tally, index, life, chance);
    node.skewNanos = skew.toNanos();
    RestanteBuilder builder =
        Restante.builder()
            .storage(ledger.forNode(index))
            .options(options)
            .resources(node.resources(weather, ledger, options))
            .listener(node.listener(setAside));
    if (plan.bus()) {
      builder.bus(bus.forNode(node));
    }
    if (host != null) {
      builder.relayFrom(host);
    }
    if (apart != null && plan.cursorsApart()) {
      builder.cursors(apart);
    }
    if (apart != null && plan.leasesApart()) {
      builder.leases(apart);
    }
    node.restante = builder.build();
    world.say(() -> node + " started, clock off by " + skew.toMillis() + " ms");
    return node;
  }

  private Resources resources(Weather weather, Ledger ledger, RestanteOptions options) {
    return new Resources(
        () -> world.instant().plusNanos(skewNanos),
        world::now,
        this::schedule,
        new SimStoreCalls(world, tally, weather, ledger, this, chance.split(), options),
        task -> world.at(world.now() + 1_000 + chance.nextLong(200_000), this, task),
        chance.split());
  }

  private Timers.Timer schedule(Duration delay, Runnable task) {
    World.Task waiting =
        world.at(world.now() + delay.toNanos() + chance.nextLong(100_000), this, task);
    return waiting::cancel;
  }

  private RestanteListener listener(BiConsumer<DeviceId, Gap> setAside) {
    return new RestanteListener() {
      @Override
      public void healthChanged(Health health) {
        tally.count("health changes");
        world.say(() -> SimNode.this + " is " + health);
      }

      @Override
      public void deviceStalled(DeviceId device, long resends) {
        tally.count("devices that stood still");
        world.say(
            () ->
                "%s tells that %s got the same %d times".formatted(SimNode.this, device, resends));
      }

      @Override
      public void entrySetAside(DeviceId device, Gap gap) {
        world.say(() -> "%s sets %s aside for %s".formatted(SimNode.this, gap, device));
        setAside.accept(device, gap);
      }

      @Override
      public void storeLostWrites(String what, long had, long has) {
        lossesTold++;
        tally.count("loss events");
        world.say(
            () ->
                "%s tells that the store lost writes: %s ended at %d, now ends at %d"
                    .formatted(SimNode.this, what, had, has));
      }
    };
  }

  Restante restante() {
    return requireNonNull(restante);
  }

  int index() {
    return index;
  }

  int lossesTold() {
    return lossesTold;
  }

  /** Whether devices can connect to it. */
  boolean serves() {
    return !dead() && !paused() && !closing;
  }

  boolean partitioned() {
    return partitioned;
  }

  void partition(boolean begins) {
    partitioned = begins;
  }

  boolean offTheBus() {
    return offTheBus;
  }

  void offTheBus(boolean begins) {
    offTheBus = begins;
  }

  /** Stands still for a while, and then goes on as if nothing had been. */
  void standStill(Duration length) {
    tally.count(Fault.NODE_PAUSE);
    world.say(() -> this + " stands still for " + length);
    pause();
    world.after(length, null, () -> resume(world));
  }

  void stepClock(Duration to) {
    skewNanos = to.toNanos();
  }

  /** No more requests: it is about to be closed. */
  void retire() {
    closing = true;
  }

  /** Waits for a stage, and remembers it as unfinished until it has completed. */
  <T> void await(String what, CompletionStage<T> stage, Consumer<T> then) {
    long number = requests++;
    pending.put(number, what);
    var unused =
        stage.whenComplete(
            (value, thrown) -> {
              pending.remove(number);
              if (thrown != null) {
                world.violated(
                    Invariant.NO_EXCEPTION,
                    this + " " + what + " failed with " + Texts.stackTrace(thrown));
              } else if (!dead()) {
                then.accept(value);
              }
            });
  }

  List<String> pending() {
    return List.copyOf(pending.values());
  }

  /** Checks what must hold at any moment. */
  void checkBounds(RestanteOptions options) {
    Counters counters = restante().counters();
    if (counters.queuedMessages() > options.maxQueuedMessages()
        || counters.queuedBytes() > options.maxQueuedBytes()
        || counters.queuedMessages() < 0
        || counters.queuedBytes() < 0) {
      world.violated(
          Invariant.BOUNDED,
          this + " has " + counters + ", the limit is " + options.maxQueuedMessages());
    }
  }

  /** Adds what it counted to the story's numbers. */
  void tallyCounters() {
    Counters counters = restante().counters();
    tally.add("conflicts", counters.conflicts());
    tally.add("unknown commits", counters.unknownCommits());
    tally.add("locked commits", counters.lockedCommits());
    tally.add("commits", counters.commits());
    tally.add("accepted", counters.accepted());
    tally.add("repeats", counters.repeats());
    tally.add("rows trimmed", counters.trimmedRows());
    tally.add("entries delivered", counters.delivered());
    tally.add("hints sent", counters.hintsSent());
    tally.add("hints received", counters.hintsReceived());
    tally.add("hints dropped", counters.hintsDropped());
    tally.add("hints unreadable", counters.hintsUnreadable());
    tally.add("hints foreign", counters.hintsForeign());
    tally.add("bus losses", counters.busLosses());
    tally.add("rows relayed", counters.relayed());
    tally.add("relay failures", counters.relayFailures());
    tally.add("leases taken over", counters.leasesTakenOver());
    tally.add("leases lost", counters.leasesLost());
  }

  @Override
  public String toString() {
    return "node " + index + (life == 0 ? "" : "." + life);
  }
}
