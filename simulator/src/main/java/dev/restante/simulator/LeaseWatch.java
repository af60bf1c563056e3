package dev.restante.simulator;

import dev.restante.storage.Commit;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StreamKey;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Watches who holds each lease, in whichever store, and that what is done under it is done by
 * whoever put up the last fence in the main one. The payloads of all three kinds of record end with
 * the number of a node, one a life; nobody's is 0.
 */
final class LeaseWatch {
  private static final String LEASES = "lease";
  private static final String FENCES = "fence";
  private static final String ROUNDS = "round";
  private static final long NOBODY = 0;

  /** Who wrote a lease last, and when. */
  private record Held(long holder, long at) {}

  private final World world;
  private final Tally tally;
  private final long duration;
  private final Map<String, Held> leases = new HashMap<>();
  private final Map<String, Long> fences = new HashMap<>();

  LeaseWatch(World world, Tally tally, Duration duration) {
    this.world = world;
    this.tally = tally;
    this.duration = duration.toNanos();
  }

  /** Before a commit is remembered. */
  void check(Commit commit) {
    for (RecordWrite write : commit.records()) {
      if (isIn(LEASES, write)) {
        checkLease(write);
      } else if (isIn(ROUNDS, write)) {
        checkRound(write);
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

  private void checkLease(RecordWrite write) {
    String work = write.key().id();
    Held before = leases.get(work);
    long holder = holder(write);
    if (before == null || before.holder == NOBODY || before.holder == holder) {
      return;
    }
    long unchanged = world.now() - before.at;
    if (holder != NOBODY && unchanged < duration) {
      violated(
          "node %x took the lease of %s from node %x, which wrote it %d ms before"
              .formatted(holder, work, before.holder, unchanged / 1_000_000));
    } else if (holder != NOBODY) {
      tally.count("leases that changed hands");
    }
  }

  private void checkRound(RecordWrite write) {
    String work = write.key().id();
    long fence = fences.getOrDefault(work, NOBODY);
    tally.count("rounds under a lease");
    if (fence != holder(write)) {
      violated(
          "node %x began a round of %s, of which node %x put up the fence"
              .formatted(holder(write), work, fence));
    }
  }

  private void violated(String text) {
    world.violated(Invariant.ONE_HOLDER, text);
  }

  void remember(Commit commit, long at) {
    for (RecordWrite write : commit.records()) {
      if (isIn(LEASES, write)) {
        leases.put(write.key().id(), new Held(holder(write), at));
      } else if (isIn(FENCES, write)) {
        fences.put(write.key().id(), holder(write));
      }
    }
  }

  /** Leases that are in a store of their own, which forgot everything. */
  void forgetLeases() {
    leases.clear();
  }

  /** The main store goes back: what is left in it is remembered anew. */
  void forget(boolean leasesApart) {
    fences.clear();
    if (!leasesApart) {
      leases.clear();
    }
  }

  /** Whether every lease that there was is held by a node that renews it. */
  boolean allHeld() {
    return leases.values().stream()
        .allMatch(held -> held.holder != NOBODY && world.now() - held.at < duration);
  }
}
