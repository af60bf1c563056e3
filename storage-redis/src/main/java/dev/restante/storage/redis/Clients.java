package dev.restante.storage.redis;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.List;

/** Lettuce's clients, set up so that no command is ever sent twice. */
final class Clients {
  private static final Duration MOST_SHUTDOWN = Duration.ofSeconds(2);

  private Clients() {}

  /**
   * A connection that breaks stays broken, and what was under way on it fails: a commit that is
   * sent again when the connection is back would be a second one that nobody knows of.
   */
  static ClientOptions options() {
    return ClientOptions.builder()
        .autoReconnect(false)
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .maintNotificationsConfig(MaintNotificationsConfig.disabled())
        .build();
  }

  /** A copy that nobody else can change. Lettuce's own way of copying leaves out the Sentinels. */
  static RedisURI copy(RedisURI uri, Duration timeout) {
    if (uri.getSentinels().isEmpty()) {
      return RedisURI.builder(uri).withTimeout(timeout).build();
    }
    RedisURI.Builder copy =
        RedisURI.builder()
            .withSsl(uri)
            .withAuthentication(uri)
            .withTimeout(timeout)
            .withDatabase(uri.getDatabase());
    if (uri.getSentinelMasterId() != null) {
      copy.withSentinelMasterId(uri.getSentinelMasterId());
    }
    if (uri.getClientName() != null) {
      copy.withClientName(uri.getClientName());
    }
    uri.getSentinels().forEach(sentinel -> copy.withSentinel(sentinel));
    return copy.build();
  }

  /** A client of our own, with threads of its own. */
  static Server.Source own(RedisURI uri, Duration callTimeout) {
    RedisURI timed = copy(uri, callTimeout);
    RedisClient client = RedisClient.create();
    client.setOptions(
        options()
            .mutate()
            .socketOptions(SocketOptions.builder().connectTimeout(callTimeout.dividedBy(2)).build())
            .timeoutOptions(TimeoutOptions.enabled(callTimeout))
            .build());
    return new Own(client, timed);
  }

  /** Clients of the nodes of a cluster: one of our own, with threads of its own. */
  static Shards.Nodes ofCluster(List<RedisURI> seeds, Duration callTimeout) {
    RedisClient client = RedisClient.create();
    client.setOptions(
        options()
            .mutate()
            .socketOptions(SocketOptions.builder().connectTimeout(callTimeout.dividedBy(2)).build())
            .timeoutOptions(TimeoutOptions.enabled(callTimeout))
            .build());
    return new OfCluster(
        client,
        seeds.stream().map(Clients::address).toList(),
        RedisURI.builder(seeds.get(0)).withTimeout(callTimeout).build());
  }

  /** Where a node is, talked to as an address says. */
  static RedisURI at(RedisURI pattern, Address node) {
    return RedisURI.builder(pattern).withHost(node.host()).withPort(node.port()).build();
  }

  static Address address(RedisURI node) {
    return new Address(node.getHost(), node.getPort());
  }

  /**
   * @param pattern how to talk to every node: the address that the host named first
   */
  private record OfCluster(RedisClient client, List<Address> seeds, RedisURI pattern)
      implements Shards.Nodes {
    @Override
    public StatefulRedisConnection<byte[], byte[]> connect(Address node) {
      return client.connect(ByteArrayCodec.INSTANCE, at(pattern, node));
    }

    @Override
    public void close() {
      client.shutdown(Duration.ZERO, MOST_SHUTDOWN);
    }
  }

  /** The host's client. */
  static Server.Source of(RedisClient client) {
    if (client.getOptions().isAutoReconnect()) {
      throw new StoreException(
          Effect.FAULT,
          "The client repeats commands when it reconnects; set RedisStorage.clientOptions() on it",
          null);
    }
    return new OfHost(client);
  }

  private record Own(RedisClient client, RedisURI uri) implements Server.Source {
    @Override
    public StatefulRedisConnection<byte[], byte[]> connect() {
      return client.connect(ByteArrayCodec.INSTANCE, uri);
    }

    @Override
    public void close() {
      client.shutdown(Duration.ZERO, MOST_SHUTDOWN);
    }
  }

  private record OfHost(RedisClient client) implements Server.Source {
    @Override
    public StatefulRedisConnection<byte[], byte[]> connect() {
      return client.connect(ByteArrayCodec.INSTANCE);
    }

    @Override
    public void close() {
      // It is the host's.
    }
  }
}
