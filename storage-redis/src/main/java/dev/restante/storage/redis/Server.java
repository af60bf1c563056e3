package dev.restante.storage.redis;

import dev.restante.storage.Durability;
import dev.restante.storage.StoreException;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.function.Function;

/**
 * The connections to Redis. Each serves one call at a time; one that broke is thrown away, and
 * another is opened when it is needed, to wherever the master is then. Nothing is ever sent twice:
 * a command of which the answer was lost is reported, not repeated.
 */
final class Server implements Calls, AutoCloseable {
  private final Source source;
  private final Keys keys;
  private final Waiting waiting;
  private final Duration patience;
  private final Turnstile turnstile;
  private final Pool pool;
  private volatile boolean closed;
  private volatile Durability declared = Durability.VOLATILE;

  /** Where connections come from. */
  interface Source extends AutoCloseable {
    /** A new one, or a {@code RuntimeException} of Lettuce's. */
    StatefulRedisConnection<byte[], byte[]> connect();

    @Override
    void close();
  }

  Server(Source source, Keys keys, Waiting waiting, int connections, Duration callTimeout) {
    this.source = source;
    this.keys = keys;
    this.waiting = waiting;
    this.patience = callTimeout;
    this.turnstile = new Turnstile(connections, callTimeout.dividedBy(2));
    this.pool = new Pool(source::connect, Handshake.ofServer(), () -> declared, callTimeout);
  }

  /** Looks at the server for the first time, and says what it promises. */
  Durability open() {
    waiting.refuseIfLongerThanHalf(patience);
    declared = waiting.promise(with(Link::promised));
    return declared;
  }

  @Override
  public Object call(Call call) {
    return with(link -> link.call(call));
  }

  @Override
  public Object callDurably(Call call, Function<Object, Durable> wrote) {
    return with(
        link -> {
          Object answer = link.call(call);
          if (waiting.isOn()) {
            settle(link, wrote.apply(answer));
          }
          return answer;
        });
  }

  private void settle(Link link, Durable what) {
    if (what == Durable.NOTHING) {
      return;
    }
    if (what == Durable.SEEN) {
      // WAIT is about what this connection wrote: so it writes something, behind all it has seen.
      link.call(keys.probe());
    }
    waiting.check(link.replicas(waiting), what);
  }

  private <T> T with(Function<Link, T> work) {
    if (closed) {
      throw Link.closed();
    }
    return turnstile.pass(
        () -> {
          Link link = link();
          try {
            return work.apply(link);
          } finally {
            pool.giveBack(link);
          }
        });
  }

  private Link link() {
    try {
      return pool.take(keys.probe());
    } catch (StoreException e) {
      throw closed ? Link.closed() : e;
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    pool.close();
    source.close();
  }
}
