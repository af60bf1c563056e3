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
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A node bus on {@code PUBLISH} and {@code SUBSCRIBE} of Redis 7.0 or newer: a standalone server,
 * or the master that Sentinel tells. It need not be the Redis that the messages are in, and needs
 * nothing of them on disk. A replica is refused, since what is published there reaches nobody who
 * listens elsewhere.
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
  private final Supplier<Client> clients;
  private final String channel;

  private RedisBus(String place, Supplier<Client> clients, String channel) {
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
    return at(RedisURI.create(requireNonNull(uri, "uri")));
  }

  /** The same with an address that was put together by hand. It is copied. */
  public static RedisBus at(RedisURI uri) {
    RedisURI copy = Clients.copy(requireNonNull(uri, "uri"), PATIENCE);
    return new RedisBus(RedisStorage.place(copy), () -> Client.own(copy), DEFAULT_CHANNEL);
  }

  /**
   * A bus on a client of the host, at the address that the client was made with. The client stays
   * the host's: a link closes the connections that it opened, and nothing else. The client's own
   * time-outs for connecting apply. Whether it reconnects by itself does not matter here.
   */
  public static RedisBus on(RedisClient client) {
    Client host = new Client(requireNonNull(client, "client"), false);
    return new RedisBus("Redis client of the host", () -> host, DEFAULT_CHANNEL);
  }

  /**
   * The same on another channel. Nodes hear each other if server and channel are the same; the
   * database does not matter to Redis here. Give nodes on another store another channel, or they
   * send each other what they cannot use.
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
    Client client = clients.get();
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
      throw new BusException("cannot connect: " + reason(e), e);
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

  /** A client of Lettuce's, which goes with its link if it is ours. */
  private record Client(RedisClient redis, boolean ours) {
    static Client own(RedisURI uri) {
      RedisClient client = RedisClient.create(uri);
      client.setOptions(
          Clients.options()
              .mutate()
              .socketOptions(SocketOptions.builder().connectTimeout(PATIENCE).build())
              .build());
      return new Client(client, true);
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
        String channel,
        BusReceiver receiver) {
      this.client = client;
      this.listening = listening;
      this.sending = sending;
      this.channel = channel.getBytes(US_ASCII);
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
          });
      listening.addListener(
          new RedisConnectionStateAdapter() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
              if (!closed) {
                receiver.lost(new BusException("the connection that listens broke", null));
              }
            }
          });
      answer(listening.async().subscribe(channel));
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
        answer(sending.async().publish(channel, message));
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
