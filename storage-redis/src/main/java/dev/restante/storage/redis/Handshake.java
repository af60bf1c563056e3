package dev.restante.storage.redis;

import dev.restante.storage.Durability;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.util.HashMap;
import java.util.Map;

/** Looks whether a server can hold a store, and what it promises about what it holds. */
final class Handshake {
  private static final int LEAST_VERSION = 7;

  private final boolean cluster;

  private Handshake(boolean cluster) {
    this.cluster = cluster;
  }

  /** With a server that stands alone, or with the master of others. */
  static Handshake ofServer() {
    return new Handshake(false);
  }

  /** With a master of a cluster. */
  static Handshake ofCluster() {
    return new Handshake(true);
  }

  /**
   * What the server promises about a write that it answered: {@link Durability#LOCAL} if it forces
   * each to its disk first, {@link Durability#VOLATILE} otherwise, and where it does not tell.
   *
   * @param probe what it must be able to do
   * @throws StoreException with {@link Effect#FAULT} if it cannot hold a store
   */
  Durability promise(Link link, Call probe) {
    Map<String, String> info = parsed(link.info());
    boolean clustered = "cluster".equals(info.get("redis_mode"));
    refuseIf(
        clustered && !cluster, "This is a node of a Redis Cluster; use RedisStorage.cluster(...)");
    refuseIf(!clustered && cluster, "This is no node of a Redis Cluster; use RedisStorage.at(...)");
    refuseIf(
        "sentinel".equals(info.get("redis_mode")),
        "This is a Sentinel itself; give its address as that of a Sentinel");
    String version = info.getOrDefault("redis_version", "0");
    refuseIf(major(version) < LEAST_VERSION, "Redis 7.0 or newer is needed, not " + version);
    String policy = info.getOrDefault("maxmemory_policy", "noeviction");
    refuseIf(
        policy.startsWith("allkeys"),
        "maxmemory-policy is "
            + policy
            + ", which removes messages; it must be noeviction or a volatile- one");
    link.call(probe);
    return forcesToDisk(link) ? Durability.LOCAL : Durability.VOLATILE;
  }

  private static boolean forcesToDisk(Link link) {
    Map<String, String> config;
    try {
      config = link.config("appendonly", "appendfsync", "no-appendfsync-on-rewrite");
    } catch (Link.Failed e) {
      // Managed servers do not tell. What is not known is not promised.
      return false;
    }
    return "yes".equals(config.get("appendonly"))
        && "always".equals(config.get("appendfsync"))
        && "no".equals(config.get("no-appendfsync-on-rewrite"));
  }

  private static void refuseIf(boolean wrong, String why) {
    if (wrong) {
      throw new StoreException(Effect.FAULT, why, null);
    }
  }

  private static int major(String version) {
    String digits = version.split("\\.", 2)[0];
    return digits.matches("[0-9]{1,4}") ? Integer.parseInt(digits) : 0;
  }

  private static Map<String, String> parsed(String info) {
    Map<String, String> values = new HashMap<>();
    info.lines()
        .forEach(
            line -> {
              int colon = line.indexOf(':');
              if (colon > 0) {
                values.put(line.substring(0, colon), line.substring(colon + 1).strip());
              }
            });
    return values;
  }
}
