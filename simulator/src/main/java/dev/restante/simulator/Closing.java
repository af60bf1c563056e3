package dev.restante.simulator;

import dev.restante.Counters;
import java.time.Duration;

/** Closes a node while work may be under way, and checks that nothing is left unanswered. */
final class Closing {
  private final Story story;
  private final SimNode node;

  Closing(Story story, SimNode node) {
    this.story = story;
    this.node = node;
  }

  /** Closes it now; a moment later everything that was asked of it must have an answer. */
  void run() {
    node.retire();
    story.world().say(() -> node + " is closed");
    node.restante().close(Duration.ZERO);
    story.world().after(Duration.ofSeconds(1), null, this::check);
  }

  private void check() {
    if (node.dead()) {
      return;
    }
    if (!node.pending().isEmpty()) {
      story.violated(
          Invariant.NOTHING_HANGS, node + " was closed and never answered " + node.pending());
    }
    for (Link link : story.links()) {
      if (link.node() == node && link.endedWith() == null) {
        story.violated(Invariant.NOTHING_HANGS, node + " was closed, but not " + link);
      }
    }
    Counters counters = node.restante().counters();
    if (counters.queuedMessages() != 0 || counters.queuedBytes() != 0 || counters.sessions() != 0) {
      story.violated(Invariant.BOUNDED, node + " was closed and still has " + counters);
    }
    node.tallyCounters();
    node.die();
    story.devices().forEach(device -> device.lostNode(node));
  }
}
