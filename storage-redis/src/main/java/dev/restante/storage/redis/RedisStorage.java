package dev.restante.storage.redis;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.cells.CellStore;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A store on Redis 7.0 or newer: a standalone server, the master that Sentinel tells, or a Redis
 * Cluster.
 *
 * <p>What a store promises is read from the server when it is opened: {@link Durability#LOCAL} with
 * {@code appendonly yes}, {@code appendfsync always} and {@code no-appendfsync-on-rewrite no};
 * {@link Durability#VOLATILE} with anything else ({@code everysec} among it, which loses the last
 * second), and where the server does not say. A host that asks for more is refused when it opens. A
 * later connection to a server that is set to less counts as no connection. A server with an {@code
 * allkeys} policy is refused, since it removes messages when its memory is full.
 *
 * <p>Immutable; safe for use by many threads. Calls wait on the caller's thread.
 */
public final class RedisStorage implements Storage {
  static final int DEFAULT_CONNECTIONS = 8;
  static final int MOST_CONNECTIONS = 1000;

  private final String place;
  private final Deployment deployment;
  private final String prefix;
  private final int connections;
  private final Waiting waiting;

  /** What there is to open. */
  private interface Deployment {
    Store open(String prefix, int connections, Waiting waiting, Duration callTimeout);
  }

  private RedisStorage(
      String place, Deployment deployment, String prefix, int connections, Waiting waiting) {
    this.place = place;
    this.deployment = deployment;
    this.prefix = prefix;
    this.connections = connections;
    this.waiting = waiting;
  }

  /**
   * A store at an address, such as {@code redis://localhost:6379} or {@code
   * redis-sentinel://host1,host2/0#master}, with connections and threads of its own.
   *
   * @throws IllegalArgumentException if it is no such address
   */
  public static RedisStorage at(String uri) {
    return at(parsedAddress(uri));
  }

  /** The same with an address that was put together by hand. It is copied. */
  public static RedisStorage at(RedisURI uri) {
    RedisURI copy = Clients.copy(requireNonNull(uri, "uri"), uri.getTimeout());
    return with(place(copy), server(callTimeout -> Clients.own(copy, callTimeout)));
  }

  /**
   * A store on a client of the host, at the address that the client was made with. The client stays
   * the host's: the store closes the connections that it opened, and nothing else. It must not
   * reconnect by itself, since it would repeat what was under way; see {@link #clientOptions()}.
   * The client's own connect time-out applies.
   */
  public static RedisStorage on(RedisClient client) {
    requireNonNull(client, "client");
    return with("Redis client of the host", server(callTimeout -> Clients.of(client)));
  }

  /**
   * A store on a Redis Cluster, with connections and threads of its own.
   *
   * @param uris some of its nodes, such as {@code redis://host1:6379}: any of them tells the
   *     others. The first one says how all of them are talked to: TLS, user and password
   * @throws IllegalArgumentException if there is none, or one is no address of a server, or names a
   *     database other than 0, which is all that a cluster has
   */
  public static RedisStorage cluster(String... uris) {
    return cluster(parsed(uris));
  }

  /** The same with addresses that were put together by hand. They are copied. */
  public static RedisStorage cluster(List<RedisURI> uris) {
    List<RedisURI> nodes = seeds(uris);
    return with(
        place(nodes),
        (prefix, connections, waiting, callTimeout) ->
            openCluster(
                Clients.ofCluster(nodes, callTimeout), prefix, connections, waiting, callTimeout));
  }

  /**
   * Options for a client that is handed to {@link #on}: no reconnecting, and commands are refused
   * on a connection that broke. Change them by {@link ClientOptions#mutate()}.
   */
  public static ClientOptions clientOptions() {
    return Clients.options();
  }

  private static RedisStorage with(String place, Deployment deployment) {
    return new RedisStorage(
        place, deployment, Keys.DEFAULT_PREFIX, DEFAULT_CONNECTIONS, Waiting.NONE);
  }

  /**
   * The same with another beginning of all keys, so that several stores fit in one database.
   * Default: {@value Keys#DEFAULT_PREFIX}.
   *
   * @param other 1 to 64 of A-Z, a-z, 0-9, {@code _ . : -}
   * @throws IllegalArgumentException if it is anything else
   */
  public RedisStorage withPrefix(String other) {
    if (!Keys.isPrefix(other)) {
      throw new IllegalArgumentException(
          "The prefix must be 1 to 64 of A-Z, a-z, 0-9, _ . : -, is " + other);
    }
    return new RedisStorage(place, deployment, other, connections, waiting);
  }

  /**
   * The same with another number of connections. Each serves one call at a time, so as many as
   * threads call the store are enough; with fewer, calls wait for up to half of {@link
   * StoreContext#callTimeout()}. Default: {@value #DEFAULT_CONNECTIONS}.
   *
   * @param count 1 to 1,000
   * @throws IllegalArgumentException if it is anything else
   */
  public RedisStorage withConnections(int count) {
    if (count < 1 || count > MOST_CONNECTIONS) {
      throw new IllegalArgumentException("1 to 1,000 connections, not " + count);
    }
    return new RedisStorage(place, deployment, prefix, count, waiting);
  }

  /**
   * The same, where a commit waits until replicas have what it wrote. On a master that forces each
   * write to its disk that makes {@link Durability#REPLICA}; on any other it stays {@link
   * Durability#VOLATILE}, since a power failure of both would take what was acknowledged. Where too
   * few replicas answer in time the outcome of the commit is unknown.
   *
   * @param replicas how many, 1 or more
   * @param patience how long at most, 1 ms or more, and at most half of what a call may take
   *     ({@link StoreContext#callTimeout()}), which is looked at on opening
   * @throws IllegalArgumentException if one of them is less
   */
  public RedisStorage waitingForReplicas(int replicas, Duration patience) {
    if (replicas < 1 || patience.toMillis() < 1) {
      throw new IllegalArgumentException(
          "1 replica or more for 1 ms or more, not %d for %s".formatted(replicas, patience));
    }
    return new RedisStorage(
        place, deployment, prefix, connections, new Waiting(replicas, patience));
  }

  @Override
  public String description() {
    return place + ", keys " + prefix + ":*";
  }

  @Override
  public Store open(StoreContext context) {
    return deployment.open(prefix, connections, waiting, context.callTimeout());
  }

  private static Deployment server(Function<Duration, Server.Source> source) {
    return (prefix, connections, waiting, callTimeout) -> {
      Keys keys = new Keys(prefix);
      Server server =
          new Server(source.apply(callTimeout), keys, waiting, connections, callTimeout);
      try {
        return new RedisStore(
            server, keys, server.open(), callTimeout, System::nanoTime, new SecureRandom());
      } catch (RuntimeException e) {
        server.close();
        throw e;
      }
    };
  }

  private static Store openCluster(
      Shards.Nodes nodes, String prefix, int connections, Waiting waiting, Duration callTimeout) {
    Keys keys = Keys.ofCluster(prefix);
    Shards shards = new Shards(nodes, keys, waiting, connections, callTimeout);
    try {
      return CellStore.open(new ClusterEngine(shards, keys, shards.open(), callTimeout));
    } catch (RuntimeException e) {
      shards.close();
      throw e;
    }
  }

  /** Does not say what Lettuce says, which may be the whole address with a password in it. */
  @SuppressWarnings("UnusedException")
  static RedisURI parsedAddress(String uri) {
    requireNonNull(uri, "uri");
    try {
      return RedisURI.create(uri);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The uri must be like redis://host:port, rediss://host:port or"
              + " redis-sentinel://host,host#master, "
              + begins(uri));
    }
  }

  private static String begins(String uri) {
    int end = uri.indexOf("://");
    return end < 0 ? "and has no scheme" : "begins with " + uri.substring(0, end + 3);
  }

  static List<RedisURI> parsed(String... uris) {
    return Stream.of(uris).map(RedisStorage::parsedAddress).toList();
  }

  /** Copies of addresses of nodes of a cluster. */
  static List<RedisURI> seeds(List<RedisURI> uris) {
    List<RedisURI> seeds = new ArrayList<>();
    for (RedisURI uri : uris) {
      if (uri.getHost() == null || !uri.getSentinels().isEmpty() || uri.getDatabase() != 0) {
        throw new IllegalArgumentException(
            "A node of a cluster is like redis://host:port, without a database; not " + place(uri));
      }
      seeds.add(Clients.copy(uri, uri.getTimeout()));
    }
    if (seeds.isEmpty()) {
      throw new IllegalArgumentException("A cluster needs the address of 1 node or more, not of 0");
    }
    return List.copyOf(seeds);
  }

  static String place(List<RedisURI> seeds) {
    return "Redis Cluster "
        + seeds.stream()
            .map(each -> Clients.address(each).toString())
            .collect(Collectors.joining(" "));
  }

  /** Without credentials, which an address may hold. */
  static String place(RedisURI uri) {
    StringBuilder place = new StringBuilder("Redis");
    if (uri.getSentinels().isEmpty()) {
      place.append(' ').append(uri.getSocket() == null ? uri.getHost() : uri.getSocket());
      place.append(uri.getSocket() == null ? ":" + uri.getPort() : "");
    } else {
      place.append(" master ").append(uri.getSentinelMasterId()).append(" of Sentinel");
      uri.getSentinels()
          .forEach(
              each -> place.append(' ').append(each.getHost()).append(':').append(each.getPort()));
    }
    return place.append(", database ").append(uri.getDatabase()).toString();
  }
}
