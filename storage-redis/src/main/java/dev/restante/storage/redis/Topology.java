package dev.restante.storage.redis;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a cluster's shape. Whoever meets anything that it does not explain doubts it,
 * and whoever calls next asks the cluster before anything else: whatever kind of call that is.
 */
final class Topology {
  private final Function<Address, List<?>> ask;
  private final List<Address> seeds;
  private final Duration patience;
  private final ReentrantLock asking = new ReentrantLock();
  private volatile SlotMap map = new SlotMap();
  private volatile boolean doubted = true;

  /** Where to begin to ask, so that one node that is wrong does not answer every time. */
  private int turn;

  /**
   * @param ask asks a node for {@code CLUSTER SLOTS}, or fails with a {@link StoreException}
   * @param seeds nodes that the host named
   * @param patience how long to wait while another thread asks
   */
  Topology(Function<Address, List<?>> ask, List<Address> seeds, Duration patience) {
    this.ask = ask;
    this.seeds = seeds;
    this.patience = patience;
  }

  /** What a node says, on a connection of its own. */
  static List<?> ask(Shards.Nodes nodes, Address node, Duration patience) {
    Link link;
    try {
      link = new Link(nodes.connect(node), patience);
    } catch (RuntimeException e) {
      throw Failures.connecting(e);
    }
    try {
      return link.slots();
    } catch (StoreException e) {
      if (e.effect() == Effect.FAULT) {
        throw new StoreException(
            e.effect(),
            e.getMessage() + "; this may be no node of a Redis Cluster: use RedisStorage.at(...)",
            e);
      }
      throw e;
    } finally {
      link.close();
    }
  }

  /** What was said last, asked for anew if it is in doubt. */
  SlotMap known() {
    if (doubted) {
      learn();
    }
    return map;
  }

  /** Something is not as it was said. */
  void doubt() {
    doubted = true;
  }

  private void learn() {
    try {
      if (!asking.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new StoreException(Effect.UNAVAILABLE, "The cluster does not say who has what", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Effect.UNAVAILABLE, "Interrupted before a connection was free", e);
    }
    try {
      if (doubted) {
        // Before it is asked: what is met meanwhile is doubted again.
        doubted = false;
        learnFromAny();
      }
    } finally {
      asking.unlock();
    }
  }

  private void learnFromAny() {
    Set<Address> nodes = new TreeSet<>(map.nodes());
    nodes.addAll(seeds);
    List<Address> order = new ArrayList<>(nodes);
    turn++;
    StoreException last = null;
    for (int i = 0; i < order.size(); i++) {
      Address node = order.get((turn + i) % order.size());
      @Nullable SlotMap said = null;
      try {
        said = SlotMap.read(ask.apply(node), node);
      } catch (StoreException e) {
        last = e;
      }
      if (said != null && !said.masters().isEmpty()) {
        map = said;
        return;
      }
    }
    doubted = true;
    throw last != null
        ? last
        : new StoreException(Effect.UNAVAILABLE, "No node of the cluster has slots", null);
  }
}
