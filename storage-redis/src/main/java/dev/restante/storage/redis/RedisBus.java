package dev.restante.storage.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import dev.restante.bus.NodeBus;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateAdapter;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.pubsub.api.async.RedisPubSubAsyncCommands;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A node bus on Redis 7.0 or newer: on {@code PUBLISH} and {@code SUBSCRIBE} of a standalone server
 * or of the master that Sentinel tells, or on {@code SPUBLISH} and {@code SSUBSCRIBE} of a Redis
 * Cluster, at the master that has the channel's slot. It need not be the Redis that the messages
 * are in, and needs nothing of them on disk. A replica is refused, since what is published there
 * reaches nobody who listens elsewhere.
 *
 * <p>A link has two connections of its own, one that listens and one that sends, and gives them up
 * when it is closed.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class RedisBus implements NodeBus {
  static final String DEFAULT_CHANNEL = "restante:hints";

  /** More than any node sends at once; Redis itself takes 512 MiB. */
  static final int MAX_MESSAGE_BYTES = 64 * 1024;

  /** How long a step of connecting or sending may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final String place;
  private final Clientele clients;
  private final String channel;

  /** Who hands out clients. */
  private interface Clientele {
    /** One for a link to a channel. */
    Client forLink(byte[] channel);
  }

  private RedisBus(String place, Clientele clients, String channel) {
    this.place = place;
    this.clients = clients;
    this.channel = channel;
  }

  /**
   * A bus at an address, such as {@code redis://localhost:6379} or {@code
   * redis-sentinel://host1,host2/0#master}, with connections and threads of its own, on the channel
   * {@code restante:hints}.
   *
   * @throws IllegalArgumentException if it is no such address
   */
  public static RedisBus at(String uri) {
    return at(RedisStorage.parsedAddress(uri));
  }

  /** The same with an address that was put together by hand. It is copied. */
  public static RedisBus at(RedisURI uri) {
    RedisURI copy = Clients.copy(requireNonNull(uri, "uri"), PATIENCE);
    return new RedisBus(
        RedisStorage.place(copy), channel -> Client.own(copy, false), DEFAULT_CHANNEL);
  }

  /**
   * A bus on a Redis Cluster, with connections and threads of its own, on the channel {@code
   * restante:hints}. The channel is in one slot, and a link is to the master that has it. When the
   * slot goes to another one, by a failover or because it is moved, the link is told to be lost,
   * and the next one is to that other.
   *
   * @param uris some of its nodes, such as {@code redis://host1:6379}: any of them tells the
   *     others. The first one says how all of them are talked to: TLS, user and password
   * @throws IllegalArgumentException if there is none, or one is no address of a server, or names a
   *     database other than 0, which is all that a cluster has
   */
  public static RedisBus cluster(String... uris) {
    return cluster(RedisStorage.parsed(uris));
  }

  /** The same with addresses that were put together by hand. They are copied. */
  public static RedisBus cluster(List<RedisURI> uris) {
    List<RedisURI> seeds = RedisStorage.seeds(uris);
    Owners owners = new Owners(seeds);
    return new RedisBus(
        RedisStorage.place(seeds),
        channel -> Client.own(owners.ownerOf(channel), true),
        DEFAULT_CHANNEL);
  }

  /**
   * A bus on a client of the host, at the address that the client was made with. The client stays
   * the host's: a link closes the connections that it opened, and nothing else. The client's own
   * time-outs for connecting apply. Whether it reconnects by itself does not matter here.
   */
  public static RedisBus on(RedisClient client) {
    Client host = new Client(requireNonNull(client, "client"), false, false);
    return new RedisBus("Redis client of the host", channel -> host, DEFAULT_CHANNEL);
  }

  /**
   * The same on another channel. Nodes hear each other if server and channel are the same; the
   * database does not matter to Redis here. Give nodes on another store another channel, or they
   * send each other what they cannot use. On a cluster the name also says in which slot it is.
   *
   * @param name 1 to 64 of A-Z, a-z, 0-9, {@code _ . : -}
   * @throws IllegalArgumentException if it is anything else
   */
  public RedisBus withChannel(String name) {
    if (!Keys.isPrefix(name)) {
      throw new IllegalArgumentException(
          "The channel must be 1 to 64 of A-Z, a-z, 0-9, _ . : -, is " + name);
    }
    return new RedisBus(place, clients, name);
  }

  @Override
  public String description() {
    return "bus on " + place + ", channel " + channel;
  }

  @Override
  public BusLink connect(BusReceiver receiver) {
    requireNonNull(receiver, "receiver");
    try {
      byte[] name = channel.getBytes(US_ASCII);
      return connect(clients.forLink(name), name, receiver);
    } catch (RuntimeException e) {
      throw new BusException("cannot connect: " + reason(e), e);
    }
  }

  private static BusLink connect(Client client, byte[] channel, BusReceiver receiver) {
    StatefulRedisPubSubConnection<byte[], byte[]> listening = null;
    StatefulRedisConnection<byte[], byte[]> sending = null;
    try {
      listening = client.redis().connectPubSub(ByteArrayCodec.INSTANCE);
      sending = client.redis().connect(ByteArrayCodec.INSTANCE);
      Link link = new Link(client, listening, sending, channel, receiver);
      link.begin();
      return link;
    } catch (RuntimeException e) {
      client.release(listening, sending);
      throw e;
    }
  }

  /** What lies at the bottom says most; above it is that there is no connection. */
  private static String reason(Throwable failure) {
    Throwable deepest = failure;
    while (deepest.getCause() != null && !(deepest instanceof BusException)) {
      deepest = deepest.getCause();
    }
    return String.valueOf(deepest.getMessage());
  }

  private static <T> T answer(Future<T> future) {
    try {
      return future.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BusException("interrupted", e);
    } catch (TimeoutException e) {
      throw new BusException("no answer within " + PATIENCE, e);
    } catch (ExecutionException | CancellationException e) {
      throw new BusException(reason(e), e);
    }
  }

  /** Which master of a cluster has a channel. Safe for use by many threads. */
  private static final class Owners {
    private final List<RedisURI> seeds;
    private final Topology topology;

    Owners(List<RedisURI> seeds) {
      this.seeds = seeds;
      this.topology =
          new Topology(this::ask, seeds.stream().map(Clients::address).toList(), PATIENCE);
    }

    /** Connecting is rare, so it is asked for anew each time. */
    RedisURI ownerOf(byte[] channel) {
      topology.doubt();
      Address owner = topology.known().ownerOf(SlotHash.getSlot(channel));
      if (owner == null) {
        throw new BusException("no master has the channel's slot", null);
      }
      return Clients.at(Clients.copy(seeds.get(0), PATIENCE), owner);
    }

    private List<?> ask(Address node) {
      try (Shards.Nodes nodes = Clients.ofCluster(seeds, PATIENCE)) {
        return Topology.ask(nodes, node, PATIENCE);
      }
    }
  }

  /**
   * A client of Lettuce's, which goes with its link if it is ours.
   *
   * @param sharded whether it talks to a master of a cluster
   */
  private record Client(RedisClient redis, boolean ours, boolean sharded) {
    static Client own(RedisURI uri, boolean sharded) {
      RedisClient client = RedisClient.create(uri);
      client.setOptions(
          Clients.options()
              .mutate()
              .socketOptions(SocketOptions.builder().connectTimeout(PATIENCE).build())
              .build());
      return new Client(client, true, sharded);
    }

    Future<?> subscribe(RedisPubSubAsyncCommands<byte[], byte[]> listening, byte[] channel) {
      return sharded ? listening.ssubscribe(channel) : listening.subscribe(channel);
    }

    Future<?> publish(RedisAsyncCommands<byte[], byte[]> sending, byte[] channel, byte[] message) {
      return sharded ? sending.spublish(channel, message) : sending.publish(channel, message);
    }

    /** Lets connections go without waiting, and fails what is under way on them. */
    void release(@Nullable StatefulConnection<?, ?>... connections) {
      if (ours) {
        var unused = redis.shutdownAsync(0, 2, TimeUnit.SECONDS);
        return;
      }
      for (StatefulConnection<?, ?> connection : connections) {
        if (connection != null) {
          var unused = connection.closeAsync();
        }
      }
    }
  }

  private static final class Link implements BusLink {
    private final Client client;
    private final StatefulRedisPubSubConnection<byte[], byte[]> listening;
    private final StatefulRedisConnection<byte[], byte[]> sending;
    private final byte[] channel;
    private final BusReceiver receiver;
    private volatile boolean closed;

    Link(
        Client client,
        StatefulRedisPubSubConnection<byte[], byte[]> listening,
        StatefulRedisConnection<byte[], byte[]> sending,
        byte[] channel,
        BusReceiver receiver) {
      this.client = client;
      this.listening = listening;
      this.sending = sending;
      this.channel = channel;
      this.receiver = receiver;
    }

    void begin() {
      Object role = answer(sending.async().role()).get(0);
      if (!(role instanceof byte[] name) || !new String(name, US_ASCII).equals("master")) {
        throw new BusException("the server is no master", null);
      }
      listening.addListener(
          new RedisPubSubAdapter<byte[], byte[]>() {
            @Override
            public void message(byte[] from, byte[] message) {
              if (!closed) {
                receiver.received(message);
              }
            }

            @Override
            public void smessage(byte[] from, byte[] message) {
              message(from, message);
            }

            /** The slot went to another master: nobody here asked to hear no more. */
            @Override
            public void sunsubscribed(byte[] from, long count) {
              lost("the channel's slot is another master's");
            }
          });
      listening.addListener(
          new RedisConnectionStateAdapter() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
              lost("the connection that listens broke");
            }
          });
      answer(client.subscribe(listening.async(), channel));
    }

    private void lost(String why) {
      if (!closed) {
        receiver.lost(new BusException(why, null));
      }
    }

    @Override
    public int maxMessageBytes() {
      return MAX_MESSAGE_BYTES;
    }

    @Override
    public void send(byte[] message) {
      if (closed) {
        throw new BusException("the link was closed", null);
      }
      try {
        answer(client.publish(sending.async(), channel, message));
      } catch (RuntimeException e) {
        throw new BusException("cannot send: " + reason(e), e);
      }
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        client.release(listening, sending);
      }
    }
  }
}
