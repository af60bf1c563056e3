package dev.restante.simulator;

import dev.restante.Counters;
import dev.restante.api.sync.SyncPolicy;
import java.time.Duration;
import java.util.List;

/**
 * After the storm: faults stop, nodes and devices come back and behave, and everything has to come
 * right by itself. Then the whole is checked.
 */
final class Calm {
  private static final Duration STEP = Duration.ofMillis(500);
  private static final Duration LAST_LANDING = Duration.ofSeconds(11);

  private final Story story;
  private final World world;

  Calm(Story story) {
    this.story = story;
    this.world = story.world();
  }

  void settle(Duration patience) {
    world.say(() -> "---- calm");
    story.weather().calm();
    story.nodes().forEach(this::heal);
    long end = world.now() + patience.toNanos();
    world.runUntil(world.now() + Duration.ofSeconds(2).toNanos());
    List.copyOf(story.nodes()).forEach(story::replace);
    story.host().ifPresent(SimHost::finish);
    waitFor("the end of the quarantine", end, () -> !story.quarantine());
    everyUserHasADevice();
    Duration quiet = story.options().pollInterval().multipliedBy(5).plus(LAST_LANDING);
    long quietSince = world.now();
    while (!world.broken() && world.now() - quietSince < quiet.toNanos()) {
      if (world.now() > end) {
        story.violated(Invariant.NOTHING_HANGS, "in calm weather " + waiting());
        break;
      }
      story.devices(device -> !device.barred()).forEach(this::nudge);
      world.runUntil(world.now() + STEP.toNanos());
      if (!settled()) {
        quietSince = world.now();
      }
    }
    if (!world.broken()) {
      Duration longest = story.options().leaseDuration().multipliedBy(3);
      waitFor(
          "work after its node was gone for " + longest,
          world.now() + longest.toNanos(),
          story.ledger().leases()::allHeld);
    }
    if (!world.broken()) {
      checkNodes();
      Truth truth = new Truth(story);
      truth.read();
      new Checker(story, truth).check();
      story.host().ifPresent(host -> host.check(truth));
    }
    for (SimNode node : story.nodes()) {
      new Closing(story, node).run();
    }
    world.runUntil(world.now() + Duration.ofSeconds(2).toNanos());
  }

  private void heal(SimNode node) {
    node.partition(false);
    node.offTheBus(false);
    if (node.paused()) {
      node.resume(world);
    }
  }

  private void waitFor(String what, long end, java.util.function.BooleanSupplier condition) {
    if (!world.runUntil(end, condition) && !world.broken()) {
      story.violated(Invariant.NOTHING_HANGS, what + " never came");
    }
  }

  /** What came for a user who never had a device must be there for his first one. */
  private void everyUserHasADevice() {
    for (var user : story.plan().users()) {
      if (story.devices(device -> device.id().user().equals(user) && !device.barred()).isEmpty()) {
        story.addDevice(user.device("last"));
      }
    }
  }

  private void nudge(SimDevice device) {
    device.makeUp();
    if (!device.connected() && !story.serving().isEmpty()) {
      SimNode node = story.serving().get(story.devices().indexOf(device) % story.serving().size());
      device.connect(node, SyncPolicy.everything(), story.lost());
    }
    device.flush();
  }

  private boolean settled() {
    return story.devices().stream().allMatch(SimDevice::settled)
        && story.nodes().stream().allMatch(node -> node.pending().isEmpty())
        && enqueued() == 0;
  }

  private int enqueued() {
    return story.host().map(SimHost::waiting).orElse(0);
  }

  private String waiting() {
    return story.devices(device -> !device.settled()).stream().map(SimDevice::waitsFor).toList()
        + ", unanswered "
        + story.nodes().stream().map(SimNode::pending).toList()
        + ", enqueued "
        + enqueued();
  }

  private void checkNodes() {
    for (SimNode node : story.nodes()) {
      Counters counters = node.restante().counters();
      if (counters.queuedMessages() != 0 || counters.queuedBytes() != 0) {
        story.violated(Invariant.BOUNDED, node + " has nothing to do and still has " + counters);
      }
    }
  }
}
