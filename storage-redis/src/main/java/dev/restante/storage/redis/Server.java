package dev.restante.storage.redis;

import dev.restante.storage.Durability;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The connections to Redis. Each serves one call at a time; one that broke is thrown away, and
 * another is opened when it is needed, to wherever the master is then. Nothing is ever sent twice:
 * a command of which the answer was lost is reported, not repeated.
 */
final class Server implements AutoCloseable {
  private final Source source;
  private final Handshake handshake;
  private final Waiting waiting;
  private final Duration patience;
  private final Semaphore free;
  private final Deque<Link> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;
  private volatile Durability declared = Durability.VOLATILE;

  /** Where connections come from. */
  interface Source extends AutoCloseable {
    /** A new one, or a {@code RuntimeException} of Lettuce's. */
    StatefulRedisConnection<byte[], byte[]> connect();

    @Override
    void close();
  }

  /** Whether a commit waits for replicas, and for how many of them how long. */
  record Waiting(int replicas, Duration patience) {
    static final Waiting NONE = new Waiting(0, Duration.ZERO);
  }

  Server(Source source, Keys keys, Waiting waiting, int connections, Duration callTimeout) {
    this.source = source;
    this.handshake = new Handshake(keys);
    this.waiting = waiting;
    this.patience = callTimeout;
    this.free = new Semaphore(connections, true);
  }

  /** Looks at the server for the first time, and says what it promises. */
  Durability open() {
    if (waiting.patience().compareTo(patience.dividedBy(2)) > 0) {
      throw new StoreException(
          Effect.FAULT,
          "Commits may wait %s for replicas, and a call takes %s: it must be half of that at most"
              .formatted(waiting.patience(), patience),
          null);
    }
    Durability promised = with(Link::promised);
    if (promised == Durability.LOCAL && waiting.replicas() > 0) {
      promised = Durability.REPLICA;
    }
    declared = promised;
    return promised;
  }

  Object call(Call call) {
    return with(link -> link.call(call));
  }

  /** A call that writes, and what it wrote is where it was promised to be when this returns. */
  Object callDurably(Call call, Function<Object, Durable> wrote) {
    return with(
        link -> {
          Object answer = link.call(call);
          if (waiting.replicas() > 0) {
            settle(link, wrote.apply(answer));
          }
          return answer;
        });
  }

  /** What a call means for replicas. */
  enum Durable {
    /** It wrote, and they must have it. */
    WRITTEN,
    /** It stands by what others wrote, and they must have that. */
    SEEN,
    /** It promises nothing. */
    NOTHING
  }

  private void settle(Link link, Durable what) {
    if (what == Durable.NOTHING) {
      return;
    }
    if (what == Durable.SEEN) {
      // WAIT is about what this connection wrote: so it writes something, behind all it has seen.
      link.call(handshake.probe());
    }
    long have = link.replicas(waiting.replicas(), waiting.patience());
    if (have < waiting.replicas()) {
      throw new StoreException(
          what == Durable.WRITTEN ? Effect.UNKNOWN : Effect.UNAVAILABLE,
          "%d of %d replicas have it after %s"
              .formatted(have, waiting.replicas(), waiting.patience()),
          null);
    }
  }

  private <T> T with(Function<Link, T> work) {
    if (closed) {
      throw Link.closed();
    }
    acquire();
    try {
      Link link = link();
      try {
        return work.apply(link);
      } finally {
        giveBack(link);
      }
    } finally {
      free.release();
    }
  }

  private void acquire() {
    try {
      if (free.tryAcquire(patience.toNanos() / 2, TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Effect.UNAVAILABLE, "Interrupted before a connection was free", e);
    }
    throw new StoreException(Effect.UNAVAILABLE, "No connection was free in time", null);
  }

  private Link link() {
    for (Link known = idle.pollFirst(); known != null; known = idle.pollFirst()) {
      if (known.isUsable()) {
        return known;
      }
      known.close();
    }
    Link fresh = new Link(connect(), patience);
    try {
      fresh.promised(handshake.promise(fresh));
      refuseIfWeaker(fresh.promised());
      return fresh;
    } catch (RuntimeException e) {
      fresh.close();
      throw e;
    }
  }

  /** The server may be another one than when the store was opened, or set otherwise by now. */
  private void refuseIfWeaker(Durability now) {
    if (now == Durability.VOLATILE && declared != Durability.VOLATILE) {
      throw new StoreException(
          Effect.UNAVAILABLE,
          "The server does not force rows to disk any more, as it did when the store was opened",
          null);
    }
  }

  private StatefulRedisConnection<byte[], byte[]> connect() {
    try {
      return source.connect();
    } catch (RuntimeException e) {
      throw closed ? Link.closed() : Failures.connecting(e);
    }
  }

  private void giveBack(Link link) {
    if (closed || !link.isUsable()) {
      link.close();
      return;
    }
    idle.addFirst(link);
    if (closed) {
      closeIdle();
    }
  }

  private void closeIdle() {
    for (Link link = idle.pollFirst(); link != null; link = idle.pollFirst()) {
      link.close();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    closeIdle();
    source.close();
  }
}
