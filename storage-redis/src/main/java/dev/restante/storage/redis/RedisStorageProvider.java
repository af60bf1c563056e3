package dev.restante.storage.redis;

import dev.restante.storage.ProviderSettings;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Provides {@link RedisStorage} under the name {@code redis}. Settings: {@code uri}, or {@code
 * cluster} (addresses of nodes of a Redis Cluster, with commas between), {@code prefix}, {@code
 * connections} (1 to 1,000, default 8), {@code replicas} (0 to 100, default 0: how many replicas a
 * commit waits for) and {@code replicaTimeoutMillis} (1 to 60,000, default 1,000).
 */
public final class RedisStorageProvider implements StorageProvider {
  private static final int DEFAULT_PATIENCE_MILLIS = 1000;
  private static final int MOST_PATIENCE_MILLIS = 60_000;
  private static final int MOST_REPLICAS = 100;

  /** For {@link java.util.ServiceLoader}. */
  public RedisStorageProvider() {}

  @Override
  public String name() {
    return "redis";
  }

  @Override
  public int specVersion() {
    return SPEC_VERSION;
  }

  @Override
  public Storage create(Map<String, String> settings) {
    ProviderSettings read = new ProviderSettings(name(), settings);
    RedisStorage place = place(read);
    String prefix = prefix(read);
    int connections =
        read.number(
            "connections", RedisStorage.DEFAULT_CONNECTIONS, 1, RedisStorage.MOST_CONNECTIONS);
    int replicas = read.number("replicas", 0, 0, MOST_REPLICAS);
    int patience =
        read.number("replicaTimeoutMillis", DEFAULT_PATIENCE_MILLIS, 1, MOST_PATIENCE_MILLIS);
    read.check();
    if (place == null) {
      throw new IllegalStateException("An address that is missing was let through");
    }
    RedisStorage storage = place.withPrefix(prefix).withConnections(connections);
    return replicas == 0
        ? storage
        : storage.waitingForReplicas(replicas, Duration.ofMillis(patience));
  }

  /** What is wrong with an address is not repeated: it may hold a password. */
  private static @Nullable RedisStorage place(ProviderSettings settings) {
    String cluster = settings.optional("cluster");
    if (cluster == null) {
      String uri = settings.required("uri");
      return uri.isEmpty() ? null : at(settings, uri);
    }
    if (settings.optional("uri") != null) {
      settings.problem("uri and cluster exclude each other");
    }
    try {
      return RedisStorage.cluster(cluster.split(",", -1));
    } catch (IllegalArgumentException e) {
      settings.problem(
          "cluster must be like redis://host:port,redis://host:port, without database");
      return null;
    }
  }

  private static @Nullable RedisStorage at(ProviderSettings settings, String uri) {
    try {
      return RedisStorage.at(RedisURI.create(uri));
    } catch (IllegalArgumentException e) {
      settings.problem("uri must be like redis://host:port or redis-sentinel://host,host#master");
      return null;
    }
  }

  private static String prefix(ProviderSettings settings) {
    String prefix = settings.optional("prefix");
    if (prefix == null) {
      return Keys.DEFAULT_PREFIX;
    }
    if (!Keys.isPrefix(prefix)) {
      settings.problem("prefix must be 1 to 64 of A-Z, a-z, 0-9, _ . : -, is " + prefix);
      return Keys.DEFAULT_PREFIX;
    }
    return prefix;
  }
}
