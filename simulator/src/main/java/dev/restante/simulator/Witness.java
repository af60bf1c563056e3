package dev.restante.simulator;

import dev.restante.api.ConversationId;
import dev.restante.api.sync.SyncPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * After the store lost writes: the device that has most of what was lost comes back first, and
 * brings its cursor. If it had been brought something that is gone, the loss has to be noticed
 * before anything is written. Then the others come back.
 */
final class Witness {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private final Story story;
  private final int toldBefore;

  Witness(Story story) {
    this.story = story;
    this.toldBefore = story.lossesTold();
  }

  void begin() {
    SimDevice witness = null;
    long most = 0;
    for (SimDevice device : story.devices(each -> !each.barred() && !each.behindItself())) {
      long has = lostEntriesOf(device);
      if (has > most) {
        most = has;
        witness = device;
      }
    }
    if (witness == null) {
      end();
      return;
    }
    long brought = most;
    SimDevice chosen = witness;
    story.world().say(() -> chosen + " was brought " + brought + " entries that are lost now");
    story.tally().count("losses seen by a device");
    watch(chosen, story.now() + PATIENCE.toNanos());
  }

  private void watch(SimDevice witness, long until) {
    if (story.lossesTold() > toldBefore || witness.barred()) {
      end();
      return;
    }
    if (story.now() > until) {
      story.violated(
          Invariant.LOSS_TOLD,
          witness + " came back with entries that the store lost, and nobody was told");
      end();
      return;
    }
    List<SimNode> serving = story.serving();
    if (!witness.connected() && !serving.isEmpty()) {
      witness.connect(serving.get(0), SyncPolicy.everything(), true);
    }
    story.world().after(Duration.ofMillis(500), null, () -> watch(witness, until));
  }

  private void end() {
    story.world().after(Duration.ofSeconds(5), null, story::endQuarantine);
  }

  private long lostEntriesOf(SimDevice device) {
    long lost = 0;
    for (Map.Entry<ConversationId, Replica.Conversation> each :
        device.replica().conversations().entrySet()) {
      long head = story.ledger().head(each.getKey());
      lost +=
          each.getValue().copies.tailMap(head, false).values().stream()
              .filter(copy -> copy.source == Replica.Source.STREAM)
              .count();
    }
    return lost;
  }
}
