package dev.restante.storage.redis;

import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Which master has which slot. Safe for use by many threads. */
final class SlotMap {
  private final AtomicReferenceArray<@Nullable Address> owners =
      new AtomicReferenceArray<>(SlotHash.SLOT_COUNT);
  private final Set<Address> nodes = new LinkedHashSet<>();

  /**
   * Reads what {@code CLUSTER SLOTS} answers: for each run of slots its first and last, the master
   * and the replicas, each of them an address, a port and more.
   *
   * @param asked who said so: a node that knows no address of its own means that one
   */
  static SlotMap read(List<?> said, Address asked) {
    SlotMap map = new SlotMap();
    for (Object each : said) {
      List<?> run = (List<?>) each;
      for (int i = 2; i < run.size(); i++) {
        Address node = address((List<?>) run.get(i), asked);
        if (node == null) {
          continue;
        }
        map.nodes.add(node);
        if (i == 2) {
          map.set((Long) run.get(0), (Long) run.get(1), node);
        }
      }
    }
    return map;
  }

  private static @Nullable Address address(List<?> node, Address asked) {
    int port = (int) (long) (Long) node.get(1);
    byte[] bytes = (byte[]) node.get(0);
    String host = bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    if (host.equals("?")) {
      return null;
    }
    return new Address(host.isEmpty() ? asked.host() : host, port);
  }

  private void set(long from, long to, Address owner) {
    for (long slot = from; slot <= to; slot++) {
      owners.set((int) slot, owner);
    }
  }

  @Nullable Address ownerOf(int slot) {
    return owners.get(slot);
  }

  /** A node said that a slot is another's. */
  void moved(int slot, Address owner) {
    owners.set(slot, owner);
  }

  /** Masters and replicas. */
  Set<Address> nodes() {
    return nodes;
  }

  /** Masters that have slots. */
  Set<Address> masters() {
    Set<Address> masters = new LinkedHashSet<>();
    for (int slot = 0; slot < SlotHash.SLOT_COUNT; slot++) {
      Address owner = owners.get(slot);
      if (owner != null) {
        masters.add(owner);
      }
    }
    return masters;
  }

  /** Whether a slot is nobody's. */
  boolean hasHoles() {
    for (int slot = 0; slot < SlotHash.SLOT_COUNT; slot++) {
      if (owners.get(slot) == null) {
        return true;
      }
    }
    return false;
  }
}
