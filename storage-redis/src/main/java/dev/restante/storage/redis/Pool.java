package dev.restante.storage.redis;

import dev.restante.storage.Durability;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;

/**
 * The connections to one server that wait for a call. A new one is opened where none waits, and
 * looked at before it serves; one that broke is thrown away.
 */
final class Pool implements AutoCloseable {
  private final Supplier<StatefulRedisConnection<byte[], byte[]>> source;
  private final Handshake handshake;
  private final Supplier<Durability> declared;
  private final Duration patience;
  private final Deque<Link> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  /**
   * @param source opens one, or fails as Lettuce does
   * @param declared what the store promised when it was opened
   */
  Pool(
      Supplier<StatefulRedisConnection<byte[], byte[]>> source,
      Handshake handshake,
      Supplier<Durability> declared,
      Duration patience) {
    this.source = source;
    this.handshake = handshake;
    this.declared = declared;
    this.patience = patience;
  }

  /**
   * One for a single call.
   *
   * @param probe what a new one is tried with
   */
  Link take(Call probe) {
    for (Link known = idle.pollFirst(); known != null; known = idle.pollFirst()) {
      if (known.isUsable()) {
        return known;
      }
      known.close();
    }
    Link fresh = new Link(connect(), patience);
    try {
      fresh.promised(handshake.promise(fresh, probe));
      refuseIfWeaker(fresh.promised());
      return fresh;
    } catch (RuntimeException e) {
      fresh.close();
      throw e;
    }
  }

  private StatefulRedisConnection<byte[], byte[]> connect() {
    try {
      return source.get();
    } catch (RuntimeException e) {
      throw Failures.connecting(e);
    }
  }

  /** The server may be another one than when the store was opened, or set otherwise by now. */
  private void refuseIfWeaker(Durability now) {
    if (now == Durability.VOLATILE && declared.get() != Durability.VOLATILE) {
      throw new StoreException(
          Effect.UNAVAILABLE,
          "The server does not force rows to disk any more, as it did when the store was opened",
          null);
    }
  }

  void giveBack(Link link) {
    if (closed || !link.isUsable()) {
      link.close();
      return;
    }
    idle.addFirst(link);
    if (closed) {
      closeIdle();
    }
  }

  /** Lets go of those that wait: one to the same server broke. */
  void forget() {
    closeIdle();
  }

  private void closeIdle() {
    for (Link link = idle.pollFirst(); link != null; link = idle.pollFirst()) {
      link.close();
    }
  }

  /** Closes those that wait, and each that is given back. */
  @Override
  public void close() {
    closed = true;
    closeIdle();
  }
}
