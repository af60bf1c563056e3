package dev.restante.storage.redis;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.function.Function;

/**
 * A store on Redis 7.0 or newer: a standalone server, or the master that Sentinel tells. Redis
 * Cluster is refused on opening: it is not supported yet.
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
  private final Function<Duration, Server.Source> source;
  private final String prefix;
  private final int connections;
  private final Server.Waiting waiting;

  private RedisStorage(
      String place,
      Function<Duration, Server.Source> source,
      String prefix,
      int connections,
      Server.Waiting waiting) {
    this.place = place;
    this.source = source;
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
    return at(RedisURI.create(requireNonNull(uri, "uri")));
  }

  /** The same with an address that was put together by hand. It is copied. */
  public static RedisStorage at(RedisURI uri) {
    RedisURI copy = Clients.copy(requireNonNull(uri, "uri"), uri.getTimeout());
    return with(place(copy), callTimeout -> Clients.own(copy, callTimeout));
  }

  /**
   * A store on a client of the host, at the address that the client was made with. The client stays
   * the host's: the store closes the connections that it opened, and nothing else. It must not
   * reconnect by itself, since it would repeat what was under way; see {@link #clientOptions()}.
   * The client's own connect time-out applies.
   */
  public static RedisStorage on(RedisClient client) {
    requireNonNull(client, "client");
    return with("Redis client of the host", callTimeout -> Clients.of(client));
  }

  /**
   * Options for a client that is handed to {@link #on}: no reconnecting, and commands are refused
   * on a connection that broke. Change them by {@link ClientOptions#mutate()}.
   */
  public static ClientOptions clientOptions() {
    return Clients.options();
  }

  private static RedisStorage with(String place, Function<Duration, Server.Source> source) {
    return new RedisStorage(
        place, source, Keys.DEFAULT_PREFIX, DEFAULT_CONNECTIONS, Server.Waiting.NONE);
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
    return new RedisStorage(place, source, other, connections, waiting);
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
    return new RedisStorage(place, source, prefix, count, waiting);
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
        place, source, prefix, connections, new Server.Waiting(replicas, patience));
  }

  @Override
  public String description() {
    return place + ", keys " + prefix + ":*";
  }

  @Override
  public Store open(StoreContext context) {
    Keys keys = new Keys(prefix);
    Server server =
        new Server(
            source.apply(context.callTimeout()), keys, waiting, connections, context.callTimeout());
    try {
      return new RedisStore(server, keys, server.open());
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
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
