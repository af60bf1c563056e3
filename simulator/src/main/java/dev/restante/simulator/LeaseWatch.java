package dev.restante.simulator;

import dev.restante.storage.Commit;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StreamKey;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Watches who holds each lease in the store, and that what is done under it is done by its holder.
 * The payloads of both kinds of record end with the number of a node, one a life; nobody's is 0.
 */
final class LeaseWatch {
  private static final String LEASES = "lease";
  private static final String ROUNDS = "round";
  private static final long NOBODY = 0;

  /** Who wrote a lease last, and when. */
  private record Held(long holder, int node, long at) {}

  private final World world;
  private final Tally tally;
  private final long duration;
  private final Map<String, Held> leases = new HashMap<>();

  LeaseWatch(World world, Tally tally, Duration duration) {
    this.world = world;
    this.tally = tally;
    this.duration = duration.toNanos();
  }

  /** Before a commit is remembered. */
  void check(Commit commit, int node) {
    for (RecordWrite write : commit.records()) {
      if (isIn(LEASES, write)) {
        checkLease(write, node);
      } else if (isIn(ROUNDS, write)) {
        checkRound(write, node);
      }
    }
  }

  private static boolean isIn(String space, RecordWrite write) {
    return write.key().partition().kind() == StreamKey.Kind.STORE
        && write.key().space().equals(space);
  }

  private static long holder(RecordWrite write) {
    ByteBuffer payload = ByteBuffer.wrap(write.payload());
    return payload.getLong(payload.limit() - Long.BYTES);
  }

  private void checkLease(RecordWrite write, int node) {
    String work = write.key().id();
    Held before = leases.get(work);
    long holder = holder(write);
    if (before == null || before.holder == NOBODY || before.holder == holder) {
      return;
    }
    long unchanged = world.now() - before.at;
    if (holder != NOBODY && unchanged < duration) {
      violated(
          "node %d took the lease of %s from node %d, which wrote it %d ms before"
              .formatted(node, work, before.node, unchanged / 1_000_000));
    } else if (holder != NOBODY) {
      tally.count("leases that changed hands");
    }
  }

  private void checkRound(RecordWrite write, int node) {
    String work = write.key().id();
    Held held = leases.get(work);
    tally.count("rounds under a lease");
    if (held == null || held.holder != holder(write)) {
      violated(
          "node %d began a round of %s, of which node %s has the lease"
              .formatted(node, work, held == null ? "none" : held.node));
    }
  }

  private void violated(String text) {
    world.violated(Invariant.ONE_HOLDER, text);
  }

  void remember(Commit commit, int node, long at) {
    for (RecordWrite write : commit.records()) {
      if (isIn(LEASES, write)) {
        leases.put(write.key().id(), new Held(holder(write), node, at));
      }
    }
  }

  void forget() {
    leases.clear();
  }

  /** Whether every lease that there was is held by a node that renews it. */
  boolean allHeld() {
    return leases.values().stream()
        .allMatch(held -> held.holder != NOBODY && world.now() - held.at < duration);
  }
}
